"""Topics of a real broker as a mapping reads them."""

import base64
import uuid
from datetime import UTC, datetime

import pytest
from confluent_kafka import KafkaException, Producer
from localstack_host_plugin.event_source.kafka import KafkaSource, kafka_event_of, place_of
from localstack_host_plugin.event_source.records import StreamRecord
from localstack_host_plugin.event_source.seams import ShardInfo
from localstack_host_plugin.event_source.settings import (
    KAFKA_DEFAULTS,
    Start,
    UnsupportedMappingError,
    read_kafka_settings,
)

from local_cloud.kafka.broker import Broker

FIRST = Start("TRIM_HORIZON")


def read(source: KafkaSource, iterator: str, records: int) -> tuple[list[StreamRecord], str]:
    """Read until so many records are there, or time is up."""
    found: list[StreamRecord] = []
    for _ in range(100):
        page = source.read(iterator, records - len(found))
        found += page.records
        assert page.next_iterator is not None
        iterator = page.next_iterator
        if len(found) == records:
            return found, iterator
    pytest.fail(f"{len(found)} of {records} records came")


@pytest.mark.kafka
def test_kafka_source_reads_each_partition_from_where_it_is_told(kafka: Broker) -> None:
    topic = f"test-{uuid.uuid4().hex[:8]}"
    kafka.topics.create(topic, 2)
    before = datetime.now(UTC)
    producer = Producer({"bootstrap.servers": kafka.bootstrap})
    for number in range(5):
        producer.produce(topic, b"%d" % number, b"BTC-USDT", partition=1)
    producer.flush(30)
    source = KafkaSource(kafka.bootstrap, [topic])
    shard = f"{topic}-1"
    try:
        assert source.shards() == [ShardInfo(f"{topic}-0", (), is_open=True), ShardInfo(shard, (), is_open=True)]

        some, after_two = read(source, source.iterator_from(shard, FIRST), 2)
        rest, _ = read(source, after_two, 3)
        again, _ = read(source, source.iterator_after(shard, "3"), 1)
        of_that_time, _ = read(source, source.iterator_from(shard, Start("AT_TIMESTAMP", before)), 5)

        assert [(one.sequence_number, one.data, one.partition_key) for one in some + rest] == [
            (str(number), b"%d" % number, "BTC-USDT") for number in range(5)
        ]
        assert abs(some[0].arrived_at - before.timestamp()) < 60
        assert [one.sequence_number for one in again] == ["4"]
        assert of_that_time == some + rest
        assert source.read(source.iterator_from(shard, Start("LATEST")), 10).records == []
        assert source.read(source.iterator_from(f"{topic}-0", FIRST), 10).records == []
    finally:
        source.close()


@pytest.mark.kafka
def test_kafka_source_finds_partitions_that_were_added_and_misses_a_topic_that_is_not_there(kafka: Broker) -> None:
    topic = f"test-{uuid.uuid4().hex[:8]}"
    kafka.topics.create(topic, 1)
    source = KafkaSource(kafka.bootstrap, [topic])
    elsewhere = KafkaSource(kafka.bootstrap, [f"{topic}-not-there"])
    try:
        assert len(source.shards()) == 1
        kafka.topics.widen(topic, 3)
        assert len(source.shards()) == 3
        with pytest.raises(KafkaException):
            elsewhere.shards()
    finally:
        source.close()
        elsewhere.close()


def test_the_event_of_kafka_says_each_record_s_place_time_and_bytes() -> None:
    event = kafka_event_of([StreamRecord("15", "BTC-USDT", b"\xff", 1_545_084_650.987)], "a-topic-3", "b-1:9092")

    (record,) = event["records"]["a-topic-3"]
    assert (record["topic"], record["partition"], record["offset"]) == ("a-topic", 3, 15)
    assert (record["timestamp"], base64.b64decode(record["value"])) == (1_545_084_650_987, b"\xff")
    assert event["eventSource"] == "SelfManagedKafka"


def test_the_place_of_a_shard_is_the_topic_and_the_partition() -> None:
    assert place_of("crypto-pulse-trades-11") == ("crypto-pulse-trades", 11)


@pytest.mark.parametrize("name", ["FilterCriteria", "DestinationConfig", "ProvisionedPollerConfig"])
def test_what_is_not_done_for_kafka_is_refused_by_name(name: str) -> None:
    with pytest.raises(UnsupportedMappingError, match=name):
        read_kafka_settings({**KAFKA_DEFAULTS, name: {"any": "thing"}})


def test_a_batch_of_kafka_is_never_given_up() -> None:
    settings = read_kafka_settings(KAFKA_DEFAULTS)

    assert (settings.max_retries, settings.max_record_age, settings.bisects) == (-1, -1, False)
    assert not settings.reports_failures
