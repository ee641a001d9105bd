"""Takes trades from the connectors and puts them on Kinesis or Kafka, in order per market."""

from kinesis_writer.kafka import KafkaTopic, open_topic, producer_settings
from kinesis_writer.kinesis import KinesisStream, open_stream
from kinesis_writer.reachability import Reachability
from kinesis_writer.stream import PutRecords, Record, Refusal, Stream, StreamUnavailableError
from kinesis_writer.writer import Writer

__all__ = [
    "KafkaTopic",
    "KinesisStream",
    "PutRecords",
    "Reachability",
    "Record",
    "Refusal",
    "Stream",
    "StreamUnavailableError",
    "Writer",
    "open_stream",
    "open_topic",
    "producer_settings",
]
