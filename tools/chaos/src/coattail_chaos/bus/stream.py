"""A stream of Kinesis in memory that can be read: two shards, from any position, as often as it is asked.

Source: the API reference of Kinesis Data Streams, ListShards, GetShardIterator, GetRecords (JSON 1.1).
"""

import base64
import time
from typing import Any, Final

import msgspec
from aiohttp import web

from coattail_chaos.kinesis import CONTENT_TYPE, failure

SHARDS: Final = ("shardId-000000000000", "shardId-000000000001")
_RECORDS_A_CALL: Final = 1_000


class Put(msgspec.Struct, frozen=True):
    """A record, and when it arrived (UTC, s)."""

    data: bytes
    key: str
    arrived_at: float


class ReadableStream:
    """Keeps everything that is put. The sequence numbers of a shard count from 1."""

    def __init__(self) -> None:
        self._shards: dict[str, list[Put]] = {shard: [] for shard in SHARDS}

    def put(self, shard: str, data: bytes, key: str) -> None:
        """Put a record."""
        self._shards[shard].append(Put(data, key, time.time()))

    @property
    def ends(self) -> dict[str, int]:
        """The last sequence number of each shard that has one."""
        return {shard: len(records) for shard, records in self._shards.items() if records}

    def records(self, shard: str) -> list[bytes]:
        """What a shard holds."""
        return [one.data for one in self._shards[shard]]

    def answer(self, operation: str, body: bytes) -> web.Response:
        """Answer one call."""
        asked = msgspec.json.decode(body)
        found = {"ListShards": self._list, "GetShardIterator": self._iterator, "GetRecords": self._records}
        if operation not in found:
            return failure(400, "UnknownOperationException", operation)
        return web.Response(body=msgspec.json.encode(found[operation](asked)), content_type=CONTENT_TYPE)

    def _list(self, _asked: dict[str, Any]) -> dict[str, Any]:
        keys = {"HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "1"}}
        numbers = {"SequenceNumberRange": {"StartingSequenceNumber": "1"}}
        return {"Shards": [{"ShardId": shard, **keys, **numbers} for shard in self._shards]}

    def _iterator(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {"ShardIterator": f"{asked['ShardId']}/{asked.get('StartingSequenceNumber', '0')}"}

    def _records(self, asked: dict[str, Any]) -> dict[str, Any]:
        shard, _, position = asked["ShardIterator"].partition("/")
        first, records = int(position), self._shards[shard]
        part = records[first : first + _RECORDS_A_CALL]
        end = first + len(part)
        behind = 0 if end == len(records) else max(1, round((time.time() - records[end].arrived_at) * 1000))
        return {
            "NextShardIterator": f"{shard}/{end}",
            "MillisBehindLatest": behind,
            "Records": [
                {
                    "Data": base64.b64encode(one.data).decode(),
                    "PartitionKey": one.key,
                    "SequenceNumber": str(first + number + 1),
                    "ApproximateArrivalTimestamp": one.arrived_at,
                }
                for number, one in enumerate(part)
            ],
        }
