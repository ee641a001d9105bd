"""Kinesis, called as a producer and a consumer call it."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from local_cloud.testing import TestCloud

pytestmark = pytest.mark.localstack


@pytest.fixture
def kinesis(localstack: TestCloud) -> Any:
    return localstack.clients.client("kinesis")


@pytest.fixture
def stream(kinesis: Any, request: pytest.FixtureRequest) -> Iterator[str]:
    name = request.node.name[:100]
    kinesis.create_stream(StreamName=name, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    yield name
    kinesis.delete_stream(StreamName=name)


def read(kinesis: Any, stream: str, shard_id: str) -> tuple[list[bytes], dict[str, Any]]:
    """All of a shard from its start, and the last answer."""
    start = {"StreamName": stream, "ShardId": shard_id, "ShardIteratorType": "TRIM_HORIZON"}
    iterator, data = kinesis.get_shard_iterator(**start)["ShardIterator"], []
    while True:
        answer = kinesis.get_records(ShardIterator=iterator, Limit=1000)
        data += [record["Data"] for record in answer["Records"]]
        iterator = answer.get("NextShardIterator")
        if not iterator or not answer["Records"]:
            return data, answer


def test_eight_threads_that_put_at_once_lose_nothing(kinesis: Any, stream: str) -> None:
    def put(writer: int) -> None:
        for call in range(10):
            names = [f"{writer}-{call}-{index}" for index in range(100)]
            records = [{"Data": name.encode(), "PartitionKey": name} for name in names]
            assert kinesis.put_records(StreamName=stream, Records=records)["FailedRecordCount"] == 0

    threads = [threading.Thread(target=put, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shards = kinesis.list_shards(StreamName=stream)["Shards"]
    stored = [data for shard in shards for data in read(kinesis, stream, shard["ShardId"])[0]]
    assert len(shards) == 4
    assert len(stored) == len(set(stored)) == 8_000


def test_a_split_shard_is_read_to_its_end_and_leads_to_its_children(kinesis: Any, stream: str) -> None:
    def put(data: bytes) -> str:
        return str(kinesis.put_record(StreamName=stream, Data=data, PartitionKey="BTC-USDT")["ShardId"])

    parent = put(b"before")
    keys = next(s for s in kinesis.list_shards(StreamName=stream)["Shards"] if s["ShardId"] == parent)["HashKeyRange"]
    middle = (int(keys["StartingHashKey"]) + int(keys["EndingHashKey"])) // 2
    kinesis.split_shard(StreamName=stream, ShardToSplit=parent, NewStartingHashKey=str(middle))
    child = put(b"after")

    data, last = read(kinesis, stream, parent)
    assert data == [b"before"]
    assert "NextShardIterator" not in last
    assert child in {each["ShardId"] for each in last["ChildShards"]}
    assert [each["ParentShards"] for each in last["ChildShards"]] == [[parent]] * 2
    data, last = read(kinesis, stream, child)
    assert data == [b"after"]
    assert "NextShardIterator" in last

    described = {shard["ShardId"]: shard for shard in kinesis.list_shards(StreamName=stream)["Shards"]}
    assert "EndingSequenceNumber" in described[parent]["SequenceNumberRange"]
    assert described[child]["ParentShardId"] == parent


def test_merged_shards_have_one_child(kinesis: Any, stream: str) -> None:
    first, second = (shard["ShardId"] for shard in kinesis.list_shards(StreamName=stream)["Shards"][:2])
    kinesis.merge_shards(StreamName=stream, ShardToMerge=first, AdjacentShardToMerge=second)
    child = kinesis.list_shards(StreamName=stream)["Shards"][-1]
    assert (child["ParentShardId"], child["AdjacentParentShardId"]) == (first, second)
    _, last = read(kinesis, stream, second)
    assert [each["ShardId"] for each in last["ChildShards"]] == [child["ShardId"]]


def test_reading_goes_on_behind_a_sequence_number(kinesis: Any, stream: str) -> None:
    placed = [kinesis.put_record(StreamName=stream, Data=bytes([n]), PartitionKey="key") for n in range(3)]
    start = {"StreamName": stream, "ShardId": placed[0]["ShardId"]}
    number = placed[1]["SequenceNumber"]
    at = kinesis.get_shard_iterator(**start, ShardIteratorType="AT_SEQUENCE_NUMBER", StartingSequenceNumber=number)
    behind = kinesis.get_shard_iterator(
        **start, ShardIteratorType="AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=number
    )
    assert [record["Data"] for record in kinesis.get_records(**_only(at))["Records"]] == [b"\1", b"\2"]
    assert [record["Data"] for record in kinesis.get_records(**_only(behind))["Records"]] == [b"\2"]


def test_errors_have_the_names_that_clients_know(kinesis: Any, stream: str) -> None:
    with pytest.raises(kinesis.exceptions.ResourceNotFoundException):
        kinesis.describe_stream_summary(StreamName="no-such-stream")
    with pytest.raises(kinesis.exceptions.ResourceInUseException):
        kinesis.create_stream(StreamName=stream, ShardCount=1)
    with pytest.raises(kinesis.exceptions.InvalidArgumentException):
        kinesis.get_records(ShardIterator="nonsense")


def _only(answer: dict[str, Any]) -> dict[str, Any]:
    return {"ShardIterator": answer["ShardIterator"]}
