"""Spark, with the jars that setup fetches, reads from a real broker what the writer put there."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import msgspec
import pytest

from coattail_common.lines import decode_trade, unpack
from coattail_runtime import telemetry
from coattail_testing.records import a_queue
from kinesis_writer import Reachability, Writer, open_topic, producer_settings
from kinesis_writer.kafka_login import Login, connection
from local_cloud.jars import spark_jars
from local_cloud.kafka.broker import Broker
from local_cloud.layout import find_layout

READER = Path(__file__).parent / "spark_topic_reader.py"
SYMBOLS = ("BTC-USDT", "ETH-USDT", "SOL-USDT", "XRP-USDT")

pytestmark = [pytest.mark.spark, pytest.mark.kafka]


class Read(msgspec.Struct, frozen=True):
    """A record as `READER` writes it."""

    partition: int
    offset: int
    key: str
    value: bytes


def read_by_spark(broker: Broker, topic: str, file: Path) -> list[Read]:
    """Read a topic by Spark, in a process of its own."""
    jars = spark_jars(find_layout())
    environment = os.environ | {
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_SUBMIT_ARGS": "--master local[1] --driver-memory 1g --conf spark.ui.enabled=false "
        f"--jars {','.join(str(jars.path(jar)) for jar in jars.locked)} pyspark-shell",
    }
    command = [sys.executable, str(READER), broker.bootstrap, topic, str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return msgspec.json.decode(file.read_bytes(), type=list[Read])


async def test_spark_reads_from_kafka_what_the_writer_put_there(kafka: Broker, tmp_path: Path) -> None:
    """Keys, values, partitions and offsets are those of the broker: compressed batches are unpacked."""
    topic, log = f"test-{uuid.uuid4().hex[:8]}", telemetry.logger("tests", "CRITICAL")
    kafka.topics.create(topic, 3)
    settings = producer_settings(kafka.bootstrap, connection(Login.PLAINTEXT, "us-west-2"), calls=4)
    async with (
        open_topic(topic, settings) as stream,
        Writer(stream, Reachability(topic, log), record_bytes=2_000, record_age=0) as writer,
    ):
        await writer.drain(a_queue(300, *SYMBOLS))

    found = read_by_spark(kafka, topic, tmp_path / "read.json")

    in_order = sorted(found, key=lambda one: (one.partition, one.offset))
    assert [(one.partition, one.offset, one.key, one.value) for one in in_order] == [
        (kept.partition, kept.offset, kept.key, kept.value) for kept in kafka.topics.read(topic)
    ]
    for symbol in SYMBOLS:
        lines = [line for one in in_order if one.key == symbol for line in unpack(one.value)]
        assert [decode_trade(line).trade_id for line in lines] == list(range(300))
