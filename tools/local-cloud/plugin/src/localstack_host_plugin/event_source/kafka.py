"""Kafka as a mapping's source: a partition is a shard that never closes, an offset its sequence number, and the event is Kafka's.

https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html
"""

import base64
import logging
import threading
from collections.abc import Sequence
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition

from .records import StreamRecord
from .seams import Page, ShardInfo
from .settings import Start

_SECONDS = 10.0
_READ_SECONDS = 0.2

_quiet = logging.getLogger("localstack_host_plugin.librdkafka")
_quiet.setLevel(logging.ERROR)


class KafkaSource:
    """`Source` of topics. `servers`: where Kafka is asked first, as `host:port,host:port`. A shard is `<topic>-<partition>`.

    It keeps a consumer for each partition, which belongs to no group: a mapping keeps its positions itself.
    """

    def __init__(self, servers: str, topics: Sequence[str]) -> None:
        self._servers = servers
        self._topics = topics
        self._lock = threading.Lock()
        self._consumers: dict[str, Consumer] = {}
        self._next: dict[str, int] = {}
        """The offset at which a partition's consumer stands."""

    def shards(self) -> list[ShardInfo]:
        """See `Source.shards`."""
        consumer = self._consumer("")
        shards = []
        for topic in self._topics:
            known = consumer.list_topics(topic, timeout=_SECONDS).topics[topic]
            if known.error is not None:
                raise KafkaException(known.error)
            shards += [ShardInfo(f"{topic}-{number}", (), is_open=True) for number in sorted(known.partitions)]
        return shards

    def iterator_from(self, shard_id: str, start: Start) -> str:
        """See `Source.iterator_from`."""
        topic, partition = place_of(shard_id)
        consumer = self._consumer(shard_id)
        first, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=_SECONDS)
        if start.timestamp is not None:
            moment = round(start.timestamp.timestamp() * 1000)
            (found,) = consumer.offsets_for_times([TopicPartition(topic, partition, moment)], timeout=_SECONDS)
            return f"{shard_id}:{found.offset if found.offset >= 0 else end}"
        return f"{shard_id}:{end if start.position == 'LATEST' else first}"

    def iterator_after(self, shard_id: str, sequence_number: str) -> str:
        """See `Source.iterator_after`."""
        return f"{shard_id}:{int(sequence_number) + 1}"

    def read(self, iterator: str, limit: int) -> Page:
        """See `Source.read`."""
        shard_id, _, text = iterator.rpartition(":")
        topic, partition = place_of(shard_id)
        offset = int(text)
        consumer = self._consumer(shard_id)
        if self._next.get(shard_id) != offset:
            consumer.assign([TopicPartition(topic, partition, offset)])
        records = []
        for message in consumer.consume(limit, timeout=_READ_SECONDS):
            if (error := message.error()) is not None:
                self._next.pop(shard_id, None)
                raise KafkaException(error)
            records.append(_record(message))
            offset = int(records[-1].sequence_number) + 1
        self._next[shard_id] = offset
        return Page(records, f"{shard_id}:{offset}")

    def close(self) -> None:
        """End the consumers. No thread may read any more."""
        with self._lock:
            for consumer in self._consumers.values():
                consumer.close()
            self._consumers.clear()

    def _consumer(self, shard_id: str) -> Consumer:
        with self._lock:
            if shard_id not in self._consumers:
                settings = {
                    "bootstrap.servers": self._servers,
                    "group.id": "localstack-host-plugin",
                    "enable.auto.commit": False,
                    "auto.offset.reset": "earliest",
                }
                self._consumers[shard_id] = Consumer(settings, logger=_quiet)
            return self._consumers[shard_id]


def place_of(shard_id: str) -> tuple[str, int]:
    """The topic and the partition of a shard."""
    topic, _, partition = shard_id.rpartition("-")
    return topic, int(partition)


def kafka_event_of(records: Sequence[StreamRecord], shard_id: str, servers: str) -> dict[str, Any]:
    """The event, as JSON has it. It holds one partition's records; on AWS it may hold several."""
    topic, partition = place_of(shard_id)
    return {
        "eventSource": "SelfManagedKafka",
        "bootstrapServers": servers,
        "records": {
            shard_id: [
                {
                    "topic": topic,
                    "partition": partition,
                    "offset": int(record.sequence_number),
                    "timestamp": round(record.arrived_at * 1000),
                    "timestampType": "LOG_APPEND_TIME",
                    "key": base64.b64encode(record.partition_key.encode()).decode(),
                    "value": base64.b64encode(record.data).decode(),
                    "headers": [],
                }
                for record in records
            ]
        },
    }


def _record(message: Any) -> StreamRecord:
    key = message.key() or b""
    return StreamRecord(
        str(message.offset()), key.decode(errors="replace"), message.value() or b"", message.timestamp()[1] / 1000
    )
