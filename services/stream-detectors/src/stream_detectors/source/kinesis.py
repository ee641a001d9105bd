"""The Spark data source, registered as `kinesis`.

Spark asks for what is new and gets it from the poller's buffer; when nothing is new no batch is planned. The position that
counts is the one sealed in the lakehouse (`stream_detectors.checkpoint`): the query starts there, at `startingpositions`, on a fresh
checkpoint each time, so the checkpoint of Structured Streaming is scratch and nothing has to be cleaned up behind it.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
from pyspark.sql.datasource import DataSource, DataSourceStreamReader, SimpleDataSourceStreamReader
from pyspark.sql.types import StructType

from stream_detectors import parts
from stream_detectors.source.kinesis_pages import client
from stream_detectors.source.partitioned import BATCH_BYTES, PartitionedReader, Place
from stream_detectors.source.poller import KinesisPoller
from stream_detectors.source.positions import Positions, advance
from stream_detectors.source.recorded import RecordedReader
from stream_detectors.source.records import RecordReader, StreamRecord
from stream_detectors.source.shard_plan import PlanFile, ReadTo
from stream_detectors.source.shard_reader import ShardRead

SCHEMA: Final = "data binary, partition_key string, sequence_number string, shard_id string, arrived_at timestamp"

_ARROW_TYPES: Final[dict[str, pa.DataType]] = {
    "data": pa.binary(),
    "partition_key": pa.string(),
    "sequence_number": pa.string(),
    "shard_id": pa.string(),
    "arrived_at": pa.timestamp("us", "UTC"),
}
_ARROW: Final = pa.schema(_ARROW_TYPES)


class SourceOptionError(ValueError):
    """The query does not say which stream to read."""

    def __init__(self) -> None:
        super().__init__(
            'the format kinesis lacks the option streamName: add .option("streamName", "crypto-pulse-trades").option("region", "us-west-2")'
        )


class KinesisSource(DataSource):
    """Options, upper and lower case alike: `streamName`, `region`; `endpoint` (default AWS); `startingPositions` (JSON, default the
    stream's beginning); `batchBytes` (at most this much a batch); `recorded` (a folder of records read before, in place of the stream).

    With `plan`, the file that says what the next batch reads, shards are read and decoded by the executors and rows are parts: `wishes`
    (JSON) is what they look for, `tasks` how many tasks a batch has at most. Without it, rows are records, which one process reads.
    """

    def __init__(self, options: dict[str, str]) -> None:
        super().__init__(options)
        if not (self.options.get("streamName") or self.options.get("recorded")):
            raise SourceOptionError

    @classmethod
    def name(cls) -> str:
        """The format's name in `spark.readStream.format(…)`."""
        return "kinesis"

    def schema(self) -> str:
        """One row a record, or a part."""
        return parts.SCHEMA if self.options.get("plan") else SCHEMA

    def streamReader(self, schema: StructType) -> DataSourceStreamReader:  # noqa: N802  (Spark's name and signature)
        """The reader by shards; where there is no plan, the one of Spark's own kind, which makes Spark ask for the simple reader."""
        options = {name.lower(): value for name, value in self.options.items()}
        if not options.get("plan"):
            return super().streamReader(schema)
        place = Place(
            options.get("streamname"), options.get("region"), options.get("endpoint"), options.get("recorded")
        )
        return PartitionedReader(
            place,
            PlanFile(Path(options["plan"])),
            batch_bytes=int(options.get("batchbytes", str(BATCH_BYTES))),
            tasks=int(options.get("tasks", "1")),
            decode=Decode(msgspec.json.decode(options.get("wishes", "{}"), type=parts.Wishes)),
        )

    def simpleStreamReader(self, schema: StructType) -> SimpleDataSourceStreamReader:  # noqa: N802, ARG002  (Spark's name and signature)
        """The reader, which lives in one process beside the driver."""
        return KinesisStreamReader({name.lower(): value for name, value in self.options.items()})


class Decode:
    """Makes parts of what a task has read."""

    def __init__(self, wishes: parts.Wishes) -> None:
        self._wishes = wishes

    def __call__(self, reads: Sequence[ShardRead]) -> Iterator[pa.RecordBatch]:
        """Yield them as one Arrow batch."""
        read_to = [
            ReadTo(
                one.shard_id,
                one.records[-1].sequence_number if one.records else None,
                one.seen_until,
                one.is_finished,
            )
            for one in reads
        ]
        yield parts.parts_of([record for one in reads for record in one.records], read_to, self._wishes)


class KinesisStreamReader(SimpleDataSourceStreamReader):
    """Offsets are positions: shard id → sequence number."""

    def __init__(self, options: dict[str, str]) -> None:
        self._options = options
        self._reader: RecordReader | None = None

    def initialOffset(self) -> Positions:  # noqa: N802
        """Where the query starts."""
        return dict(json.loads(self._options.get("startingpositions", "{}")))

    def read(self, start: Positions) -> tuple[Iterator[Any], Positions]:
        """What has arrived since `start`, without waiting for more."""
        if self._reader is None:
            self._reader = open_reader(self._options, start)
        records = self._reader.take(int(self._options.get("batchbytes", str(BATCH_BYTES))))
        return iter(to_arrow(records)), advance(start, ((one.shard_id, one.sequence_number) for one in records))

    def readBetweenOffsets(self, start: Positions, end: Positions) -> Iterator[Any]:  # noqa: N802
        """The records after `start` up to `end`, for a batch that Spark plans again."""
        reader = open_reader(self._options, start)
        records: list[StreamRecord] = []
        try:
            while advance(start, ((one.shard_id, one.sequence_number) for one in records)) != end:
                records += (
                    one
                    for one in reader.take(BATCH_BYTES)
                    if int(one.sequence_number) <= int(end.get(one.shard_id, "-1"))
                )
        finally:
            reader.close()
        return iter(to_arrow(records))

    def commit(self, end: Positions) -> None:
        """Nothing to do: what counts is committed with the tables."""


def open_reader(options: dict[str, str], positions: Positions) -> RecordReader:
    """Open a reader of the stream or folder that the options (keys in lower case) name."""
    if folder := options.get("recorded"):
        return RecordedReader(Path(folder), positions)
    kinesis = client(options.get("region"), options.get("endpoint"))
    return KinesisPoller(kinesis, options["streamname"], positions, log=_tell)


def _tell(text: str) -> None:
    """To standard error, which is the driver's log: this runs in a process that Spark starts, with no logger of ours."""
    sys.stderr.write(f"stream-detectors: {text}\n")


def to_arrow(records: Sequence[StreamRecord]) -> list[pa.RecordBatch]:
    """The records as one Arrow batch; none for none."""
    if not records:
        return []
    columns = zip(
        *((r.data, r.partition_key, r.sequence_number, r.shard_id, r.arrived_at) for r in records), strict=True
    )
    arrays = [pa.array(column, field.type) for column, field in zip(columns, _ARROW, strict=True)]
    return [pa.RecordBatch.from_arrays(arrays, schema=_ARROW)]
