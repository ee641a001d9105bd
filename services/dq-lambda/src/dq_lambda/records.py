"""The records of an invocation's event, from a stream of Kinesis or from topics of Kafka.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html#services-kinesis-event-example
https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html#msk-sample-event
"""

from enum import StrEnum
from typing import Any, Final, Literal

import msgspec


class StreamRecord(msgspec.Struct, frozen=True):
    """A record of the stream and where it stands. `arrived_at`: when the stream took it, UTC, µs.

    Its place is a shard and a sequence number. Of Kafka, the shard is `<topic>-<partition>` and the sequence number the offset.
    """

    shard_id: str
    sequence_number: str
    arrived_at: int
    data: bytes


class Source(StrEnum):
    """What delivers an event."""

    KINESIS = "kinesis"
    KAFKA = "kafka"


class Delivery(msgspec.Struct, frozen=True):
    """The records of an event. Those of one shard are in their order; an event of Kafka may hold several partitions."""

    source: Source
    records: list[StreamRecord]


class _Kinesis(msgspec.Struct, frozen=True, rename="camel"):
    sequence_number: str
    data: bytes
    approximate_arrival_timestamp: float


class _KinesisRecord(msgspec.Struct, frozen=True):
    kinesis: _Kinesis
    event_id: str = msgspec.field(name="eventID")


class _KinesisEvent(msgspec.Struct, frozen=True):
    records: list[_KinesisRecord] = msgspec.field(name="Records")


class _KafkaRecord(msgspec.Struct, frozen=True):
    topic: str
    partition: int
    offset: int
    timestamp: int
    """Milliseconds, UTC; when the broker took the record, if the topic says so (`message.timestamp.type=LogAppendTime`)."""
    value: bytes | None = None
    """No value is an empty one: a refused line like any other."""


class _KafkaEvent(msgspec.Struct, frozen=True, rename="camel"):
    event_source: Literal["aws:kafka", "SelfManagedKafka"]
    records: dict[str, list[_KafkaRecord]]


_EVENT_SOURCE: Final = "eventSource"


def read(event: Any) -> Delivery:
    """Return the records of an event of Kinesis or of Kafka, in order. Raises `msgspec.ValidationError` for any other event."""
    if isinstance(event, dict) and _EVENT_SOURCE in event:  # of Kinesis each record has its own
        return Delivery(Source.KAFKA, _of_kafka(msgspec.convert(event, _KafkaEvent, builtin_types=())))
    return Delivery(Source.KINESIS, _of_kinesis(msgspec.convert(event, _KinesisEvent, builtin_types=())))


def _of_kinesis(event: _KinesisEvent) -> list[StreamRecord]:
    return [
        StreamRecord(
            # shardId-000000000006:49590338271490256608559692538361571095921575989136588898
            shard_id=record.event_id.partition(":")[0],
            sequence_number=record.kinesis.sequence_number,
            arrived_at=round(record.kinesis.approximate_arrival_timestamp * 1_000_000),
            data=record.kinesis.data,
        )
        for record in event.records
    ]


def _of_kafka(event: _KafkaEvent) -> list[StreamRecord]:
    return [
        StreamRecord(
            shard_id=f"{record.topic}-{record.partition}",
            sequence_number=str(record.offset),
            arrived_at=record.timestamp * 1_000,
            data=record.value or b"",
        )
        for partition in event.records.values()
        for record in partition
    ]
