"""A real broker: it answers, keeps its topics over its end, and is found and ended by another process."""

import subprocess
import uuid
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer

from local_cloud import cloud
from local_cloud.errors import CloudError, PortInUseError
from local_cloud.kafka.broker import Broker
from local_cloud.kafka.record import BrokerRecord, read_record, write_record
from local_cloud.layout import Layout, find_layout
from local_cloud.settings import read_settings

pytestmark = pytest.mark.kafka


@pytest.fixture
def topic() -> str:
    return f"test-{uuid.uuid4().hex[:8]}"


def put(broker: Broker, topic: str, *values: bytes) -> None:
    """Put values under one key, and see that each is in."""
    failures: list[KafkaError] = []
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    for value in values:
        producer.produce(topic, value, b"BTC-USDT", on_delivery=lambda error, _: failures.append(error))
    assert producer.flush(60) == 0
    assert failures == [None] * len(values)


def test_a_topic_holds_what_was_put_in_its_order(kafka: Broker, topic: str) -> None:
    kafka.topics.create(topic, 3)
    put(kafka, topic, b"one", b"two")

    kept = kafka.topics.read(topic)

    assert [(one.key, one.value, one.offset) for one in kept] == [("BTC-USDT", b"one", 0), ("BTC-USDT", b"two", 1)]
    assert len({one.partition for one in kept}) == 1


def test_a_topic_is_created_once_widened_and_deleted(kafka: Broker, topic: str) -> None:
    topics = kafka.topics
    topics.create(topic, 2)
    topics.create(topic, 5)
    assert topics.partitions(topic) == 2

    topics.widen(topic, 4)
    assert topics.partitions(topic) == 4
    with pytest.raises(KafkaException):
        topics.widen(topic, 3)

    topics.delete(topic)
    assert topics.partitions(topic) == 0


def test_naming_a_topic_does_not_create_it(kafka: Broker, topic: str) -> None:
    """As on MSK: a misspelt name is an error, and no empty topic."""
    assert kafka.topics.partitions(topic) == 0
    assert kafka.topics.partitions(topic) == 0


def test_a_broker_that_is_killed_keeps_its_topics_and_its_address(kafka: Broker, topic: str) -> None:
    kafka.topics.create(topic, 1)
    put(kafka, topic, b"one")
    address = kafka.bootstrap

    kafka.kill()
    assert kafka.process is None
    assert not kafka.topics.answer(0.2)
    kafka.start()

    assert kafka.bootstrap == address
    assert [one.value for one in kafka.topics.read(topic)] == [b"one"]


def test_a_broker_listens_on_loopback_alone(kafka: Broker) -> None:
    process = kafka.process
    assert process is not None

    listening = {one.laddr.ip for one in process.net_connections("tcp") if one.status == "LISTEN"}

    assert {address.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}


def test_a_broker_that_cannot_start_shows_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(CloudError, match=r"could not format|ended while it was starting"):
        Broker(tmp_path, tmp_path / "no jars").start()


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return find_layout(tmp_path / "cloud")


def test_down_ends_the_broker_that_another_process_started(layout: Layout) -> None:
    """`down` knows it by the record in the cloud's folder."""
    layout.kafka.mkdir(parents=True)
    with subprocess.Popen(["sleep", "600"]) as stands_in:
        import psutil

        started_at = psutil.Process(stands_in.pid).create_time()
        write_record(layout.kafka, BrokerRecord(stands_in.pid, started_at, 9092, 9093))
        said: list[str] = []

        assert cloud.down(layout, said.append)

        assert stands_in.wait(10) != 600
    assert said == [f"ending the broker of Kafka, pid {stands_in.pid}"]
    assert not cloud.down(layout, said.append)


def test_a_port_in_use_is_said_with_the_option_that_changes_it(layout: Layout, kafka: Broker) -> None:
    settings = read_settings({}, layout, kafka_port=kafka.port)

    with pytest.raises(PortInUseError, match=f"port {kafka.port} is in use .* --kafka N"):
        cloud._start_broker(layout, settings, print)


def test_a_record_that_a_crash_left_broken_counts_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "broker.json").write_text('{"pid": 1')

    assert read_record(tmp_path) is None
