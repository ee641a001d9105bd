"""Reads a topic of Kafka by Spark, as a batch: `python spark_topic_reader.py BROKERS TOPIC FILE` writes its records to the file."""

import sys
from pathlib import Path

import msgspec
from pyspark.sql import SparkSession


class Read(msgspec.Struct, frozen=True):
    """A record as Spark has it."""

    partition: int
    offset: int
    key: str
    value: bytes


def main(brokers: str, topic: str, file: str) -> None:
    """Read the topic from its beginning to its end."""
    spark = SparkSession.builder.getOrCreate()
    frame = spark.read.format("kafka").option("kafka.bootstrap.servers", brokers).option("subscribe", topic).load()
    rows = frame.select("partition", "offset", "key", "value").collect()
    found = [Read(row.partition, row.offset, row.key.decode(), bytes(row.value)) for row in rows]
    Path(file).write_bytes(msgspec.json.encode(found))
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
