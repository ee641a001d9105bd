"""The Spark data source `kinesis`: one stream, read by one query, resumed from where the lakehouse says it has come."""

from stream_detectors.source.kinesis import SCHEMA, KinesisSource
from stream_detectors.source.positions import Positions

__all__ = ["SCHEMA", "KinesisSource", "Positions"]
