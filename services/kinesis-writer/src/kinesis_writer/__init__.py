"""Takes trades from the connectors and puts them on Kinesis, in order per market."""

from kinesis_writer.kinesis import KinesisStream, open_stream
from kinesis_writer.reachability import Reachability
from kinesis_writer.stream import PutRecords, Record, Refusal, StreamUnavailableError
from kinesis_writer.writer import Writer

__all__ = [
    "KinesisStream",
    "PutRecords",
    "Reachability",
    "Record",
    "Refusal",
    "StreamUnavailableError",
    "Writer",
    "open_stream",
]
