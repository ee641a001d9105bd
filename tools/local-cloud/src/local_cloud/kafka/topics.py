"""The topics of a broker: created, widened and read, by the client that the writer uses."""

import logging
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions, NewTopic

_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.5

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
            return [
                kept for partition in range(self.partitions(name)) for kept in self._read_one(consumer, name, partition)
            ]
        finally:
            consumer.close()

    def _read_one(self, consumer: Consumer, name: str, partition: int) -> list[Kept]:
        first, end = consumer.get_watermark_offsets(TopicPartition(name, partition), timeout=_SECONDS)
        kept: list[Kept] = []
        if first == end:
            return kept
        consumer.assign([TopicPartition(name, partition, first)])
        while not kept or kept[-1].offset < end - 1:
            message = consumer.poll(_POLL_SECONDS)
            if message is None:
                continue
            if (error := message.error()) is not None:
                raise KafkaException(error)
            key, value = message.key(), message.value()
            kept.append(
                Kept(
                    partition,
                    message.offset() or 0,
                    message.timestamp()[1],
                    key.decode() if isinstance(key, bytes) else key or "",
                    value.encode() if isinstance(value, str) else value or b"",
                )
            )
        return kept
