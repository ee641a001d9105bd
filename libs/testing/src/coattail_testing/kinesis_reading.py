"""A stream of Kinesis in memory that can be read: from its beginning or after any record, as often as it is asked, through reshards.

Source: the API reference of Kinesis Data Streams, ListShards, GetShardIterator, GetRecords.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from aiohttp import web

from coattail_testing.kinesis import failure, response

MOST: Final = 10_000


class Put(msgspec.Struct, frozen=True):
    """A record, and when it arrived."""

    data: bytes
    key: str
    arrived_at: datetime


class _Shard(msgspec.Struct):
    parents: tuple[str, ...]
    first: int
    records: list[Put]
    closed: bool = False


class ReadableStream:
    """A client as boto3's, for any number of threads. It keeps all records. The sequence numbers of a shard count from its
    `first`.

    A call of GetRecords returns at most `records_a_call`.
    """

    def __init__(self, *shards: str, records_a_call: int = 1_000) -> None:
        self._lock = threading.Lock()
        self._records_a_call = records_a_call
        self._shards: dict[str, _Shard] = {}
        for shard in shards:
            self.add_shard(shard)

    def add_shard(self, shard_id: str, *parents: str, first: int = 1) -> None:
        """Add a shard, and close its parents."""
        with self._lock:
            self._shards[shard_id] = _Shard(parents, first, [])
            for parent in parents:
                self._shards[parent].closed = True

    def put(self, shard: str, data: bytes, key: str = "any") -> None:
        """Put a record."""
        with self._lock:
            self._shards[shard].records.append(Put(data, key, datetime.now(UTC)))

    @property
    def ends(self) -> dict[str, int]:
        """The last sequence number of each shard that has one."""
        return {name: shard.first + len(shard.records) - 1 for name, shard in self._shards.items() if shard.records}

    def records(self, shard: str) -> list[bytes]:
        """Return what a shard holds."""
        return [one.data for one in self._shards[shard].records]

    def list_shards(self, **_: object) -> dict[str, Any]:
        """See the client."""
        range_of_all = {
            "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "1"},
            "SequenceNumberRange": {"StartingSequenceNumber": "1"},
        }
        names = ("ParentShardId", "AdjacentParentShardId")
        with self._lock:
            return {
                "Shards": [
                    {"ShardId": name, **range_of_all, **dict(zip(names, shard.parents, strict=False))}
                    for name, shard in self._shards.items()
                ]
            }

    def get_shard_iterator(
        self,
        *,
        ShardId: str,  # noqa: N803
        ShardIteratorType: str,  # noqa: N803
        StartingSequenceNumber: str | None = None,  # noqa: N803
        **_: object,
    ) -> dict[str, Any]:
        """See the client. Raises `ValueError` for a type that nobody here asks for."""
        if ShardIteratorType == "TRIM_HORIZON" and StartingSequenceNumber is None:
            return {"ShardIterator": f"{ShardId}/0"}
        if ShardIteratorType == "AFTER_SEQUENCE_NUMBER" and StartingSequenceNumber is not None:
            return {"ShardIterator": f"{ShardId}/{int(StartingSequenceNumber) - self._shards[ShardId].first + 1}"}
        problem = f"no iterator of type {ShardIteratorType} and number {StartingSequenceNumber}"
        raise ValueError(problem)

    def get_records(self, *, ShardIterator: str, Limit: int = MOST) -> dict[str, Any]:  # noqa: N803
        """See the client."""
        name, _, position = ShardIterator.partition("/")
        first = int(position)
        with self._lock:
            shard = self._shards[name]
            part = shard.records[first : first + min(Limit, self._records_a_call)]
            end = first + len(part)
            oldest_left = shard.records[end].arrived_at if end < len(shard.records) else None
        behind = 0 if oldest_left is None else max(1, round((datetime.now(UTC) - oldest_left).total_seconds() * 1000))
        following = {} if shard.closed and not part else {"NextShardIterator": f"{name}/{end}"}
        records = [
            {
                "Data": one.data,
                "PartitionKey": one.key,
                "SequenceNumber": str(shard.first + first + number),
                "ApproximateArrivalTimestamp": one.arrived_at,
            }
            for number, one in enumerate(part)
        ]
        return {"MillisBehindLatest": behind, "Records": records, **following}

    def answer(self, operation: str, body: bytes) -> web.Response:
        """Answer one call over HTTP."""
        calls: dict[str, Callable[..., dict[str, Any]]] = {
            "ListShards": self.list_shards,
            "GetShardIterator": self.get_shard_iterator,
            "GetRecords": self.get_records,
        }
        if operation not in calls:
            return failure(400, "UnknownOperationException", operation)
        found = calls[operation](**msgspec.json.decode(body))
        for record in found.get("Records", ()):
            record["ApproximateArrivalTimestamp"] = record["ApproximateArrivalTimestamp"].timestamp()
        return response(found)
