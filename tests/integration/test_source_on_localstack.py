"""The source on a real emulator: a stream that is resharded while it is read loses nothing, and each key stays in order."""

import time
import uuid
from collections import defaultdict
from typing import Any

import pytest

from local_cloud.testing import TestCloud
from stream_detectors.source.kinesis import open_reader
from stream_detectors.source.positions import furthest
from stream_detectors.source.records import RecordReader, StreamRecord

pytestmark = pytest.mark.localstack

REGION = "us-west-2"
KEYS = [f"KEY{number}-USD" for number in range(12)]
PATIENCE = 240.0


def put(client: Any, stream: str, numbers: range) -> None:
    for number in numbers:
        records = [{"Data": f"{key} {number}".encode(), "PartitionKey": key} for key in KEYS]
        assert client.put_records(StreamName=stream, Records=records)["FailedRecordCount"] == 0


def split_every_open_shard(client: Any, stream: str) -> None:
    for shard in client.list_shards(StreamName=stream)["Shards"]:
        keys = shard["HashKeyRange"]
        if "EndingSequenceNumber" in shard["SequenceNumberRange"]:
            continue
        middle = (int(keys["StartingHashKey"]) + int(keys["EndingHashKey"])) // 2
        client.split_shard(StreamName=stream, ShardToSplit=shard["ShardId"], NewStartingHashKey=str(middle))
        client.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1, "MaxAttempts": 30})


def read(reader: RecordReader, count: int) -> list[StreamRecord]:
    found: list[StreamRecord] = []
    deadline = time.monotonic() + PATIENCE
    while len(found) < count:
        assert time.monotonic() < deadline, f"{len(found)} of {count} records came"
        found += reader.take(10**6)
    return found


def test_a_reshard_loses_nothing_and_keeps_the_order_of_each_key(cloud: TestCloud) -> None:
    client = cloud.clients.client("kinesis")
    stream = f"source-{uuid.uuid4().hex[:8]}"
    client.create_stream(StreamName=stream, ShardCount=2)
    client.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    options = {"streamname": stream, "region": REGION}
    put(client, stream, range(20))

    reader = open_reader(options, {})
    found = read(reader, 10 * len(KEYS))
    split_every_open_shard(client, stream)
    put(client, stream, range(20, 40))
    found += read(reader, 40 * len(KEYS) - len(found))
    reader.close()

    by_key = defaultdict(list)
    for record in found:
        by_key[record.partition_key].append(record.data.decode())
    assert by_key == {key: [f"{key} {number}" for number in range(40)] for key in KEYS}
    assert len({record.shard_id for record in found}) == 6

    put(client, stream, range(40, 41))
    resumed = open_reader(options, furthest((one.shard_id, one.sequence_number) for one in found))
    assert sorted(one.data.decode() for one in read(resumed, len(KEYS))) == sorted(f"{key} 40" for key in KEYS)
    resumed.close()
    client.delete_stream(StreamName=stream, EnforceConsumerDeletion=True)
