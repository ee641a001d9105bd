"""The topics of a broker: created, widened and read, by the client that the writer uses."""

import logging
import time
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions, NewTopic

_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.1

_NOT_YET: Final = (KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE)

_quiet: Final = logging.getLogger("local_cloud.librdkafka")
"""For what librdkafka says of connections that fail: it says it on standard error, and tests fail brokers on purpose."""
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False


class Kept(msgspec.Struct, frozen=True):
    """A record of a topic and where it is. `timestamp`: milliseconds, UTC."""

    partition: int
    offset: int
    timestamp: int
    key: str
    value: bytes


class Topics:
    """The topics of the brokers at `bootstrap` (`host:port`, several separated by commas)."""

    def __init__(self, bootstrap: str) -> None:
        self._settings: dict[str, Any] = {
            "bootstrap.servers": bootstrap,
            "reconnect.backoff.ms": 50,
            "reconnect.backoff.max.ms": 250,
        }
        self._admin = AdminClient(self._settings, logger=_quiet)

    def answer(self, seconds: float) -> bool:
        """Return whether a broker answers within `seconds` and has joined its cluster."""
        try:
            return bool(self._admin.list_topics(timeout=seconds).brokers)
        except KafkaException:
            return False

    def create(self, name: str, partitions: int, settings: Mapping[str, str] | None = None) -> None:
        """Create a topic, unless it is there. Records have the time at which the broker took them.

        Raises `KafkaException` when the broker does not create it.
        """
        config = {"message.timestamp.type": "LogAppendTime", **(settings or {})}
        made = self._admin.create_topics(
            [NewTopic(name, num_partitions=partitions, replication_factor=1, config=config)], operation_timeout=_SECONDS
        )
        try:
            made[name].result(_SECONDS)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise

    def widen(self, name: str, partitions: int) -> None:
        """Give a topic `partitions` partitions, more than it has. Raises `KafkaException`."""
        self._admin.create_partitions([NewPartitions(name, partitions)], operation_timeout=_SECONDS)[name].result(
            _SECONDS
        )

    def delete(self, name: str) -> None:
        """Delete a topic. Raises `KafkaException`."""
        self._admin.delete_topics([name], operation_timeout=_SECONDS)[name].result(_SECONDS)

    def partitions(self, name: str) -> int:
        """Return how many partitions a topic has; 0 for one that does not exist. Raises `KafkaException`."""
        found = self._admin.list_topics(name, timeout=_SECONDS).topics[name]
        return 0 if found.error is not None else len(found.partitions)

    def read(self, name: str) -> list[Kept]:
        """Return what a topic holds now, partition by partition, each in its order. Raises `KafkaException`."""
        consumer = Consumer({**self._settings, "group.id": "local-cloud", "enable.auto.commit": False}, logger=_quiet)
        try:
            return self._read(consumer, name)
        finally:
            consumer.close()

    def _read(self, consumer: Consumer, name: str) -> list[Kept]:
        partitions = [TopicPartition(name, number) for number in range(self.partitions(name))]
        bounds = {one.partition: _bounds(consumer, one) for one in partitions}
        ends = {number: end for number, (first, end) in bounds.items() if first < end}
        consumer.assign([TopicPartition(name, number, bounds[number][0]) for number in ends])
        kept: dict[int, list[Kept]] = {number: [] for number in ends}
        while any(not kept[number] or kept[number][-1].offset < end - 1 for number, end in ends.items()):
            for message in consumer.consume(1_000, timeout=_POLL_SECONDS):
                if (error := message.error()) is not None:
                    raise KafkaException(error)
                one = _kept(message)
                kept[one.partition].append(one)
        return [one for number, end in ends.items() for one in kept[number] if one.offset < end]


def _bounds(consumer: Consumer, partition: TopicPartition) -> tuple[int, int]:
    """Return the first offset of a partition and the one after its last.

    A broker that has just started answers before it leads its partitions: it is asked again then.
    """
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            first, end = consumer.get_watermark_offsets(partition, timeout=_SECONDS)
        except KafkaException as error:
            if error.args[0].code() not in _NOT_YET or time.monotonic() > deadline:
                raise
            time.sleep(_POLL_SECONDS)
        else:
            return first, end


def _kept(message: Message) -> Kept:
    key, value = message.key(), message.value()
    return Kept(
        message.partition() or 0,
        message.offset() or 0,
        message.timestamp()[1],
        key.decode() if isinstance(key, bytes) else key or "",
        value.encode() if isinstance(value, str) else value or b"",
    )
