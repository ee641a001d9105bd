"""The records of an invocation's event.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html#services-kinesis-event-example
"""

from typing import Any

import msgspec


class StreamRecord(msgspec.Struct, frozen=True):
    """A record of the stream and where it stands. `arrived_at`: when the stream took it, UTC, µs."""

    shard_id: str
    sequence_number: str
    arrived_at: int
    data: bytes


class _Kinesis(msgspec.Struct, frozen=True, rename="camel"):
    sequence_number: str
    data: bytes
    approximate_arrival_timestamp: float


class _Record(msgspec.Struct, frozen=True):
    kinesis: _Kinesis
    event_id: str = msgspec.field(name="eventID")


class _Event(msgspec.Struct, frozen=True):
    records: list[_Record] = msgspec.field(name="Records")


def read(event: Any) -> list[StreamRecord]:
    """The records of a Kinesis event, in order. Raises `msgspec.ValidationError` for any other event."""
    return [
        StreamRecord(
            # shardId-000000000006:49590338271490256608559692538361571095921575989136588898
            shard_id=record.event_id.partition(":")[0],
            sequence_number=record.kinesis.sequence_number,
            arrived_at=round(record.kinesis.approximate_arrival_timestamp * 1_000_000),
            data=record.kinesis.data,
        )
        for record in msgspec.convert(event, _Event, builtin_types=()).records
    ]
