"""Reading a stream by many: a partition of a batch is a group of shards, read and decoded by whichever executor runs its task.

Spark's offsets are counters here. An end offset carries the whole plan of its batch, so that Spark plans it again as it was.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
from pyspark.sql.datasource import DataSourceStreamReader, InputPartition

from stream_detectors.source.kinesis_pages import KinesisPages, client
from stream_detectors.source.pages import Pages
from stream_detectors.source.prefix import SETTLED_MILLIS, BatchPlan, ShardStart
from stream_detectors.source.recorded_pages import RecordedPages
from stream_detectors.source.shard_plan import PlanFile
from stream_detectors.source.shard_reader import FOREVER, ShardRead, ShardReader

BATCH_BYTES: Final = 24 * 1024 * 1024
_THREADS: Final = 8
"""Shards that a task asks side by side: most of a call is waiting."""

type Decode = Callable[[Sequence[ShardRead]], Iterator[pa.RecordBatch]]
"""Makes the rows of the source of what a task has read."""


class End(msgspec.Struct, frozen=True):
    """The offset at a batch's end: what the batch is, and the moment that it ends at (UTC, µs)."""

    plan: BatchPlan
    until: int


class Shards(InputPartition):
    """What one task reads."""

    def __init__(self, starts: Sequence[ShardStart], until: int, most_bytes: int) -> None:
        self.starts = tuple(starts)
        self.until = until
        self.most_bytes = most_bytes


class Place(msgspec.Struct, frozen=True):
    """Which stream: by its name, or a folder of records that were read before."""

    stream: str | None
    region: str | None
    endpoint: str | None
    recorded: str | None

    def pages(self) -> Pages:
        """Open its pages."""
        if self.recorded:
            return RecordedPages(Path(self.recorded))
        return KinesisPages(client(self.region, self.endpoint), str(self.stream), log=_tell)


class PartitionedReader(DataSourceStreamReader):
    """See `DataSourceStreamReader`. `tasks`: how many tasks a batch has at most; `decode` makes rows of what a task reads."""

    def __init__(self, place: Place, plan: PlanFile, *, batch_bytes: int, tasks: int, decode: Decode) -> None:
        self._place = place
        self._plan = plan
        self._batch_bytes = batch_bytes
        self._tasks = tasks
        self._decode = decode
        self._planned: End | None = None

    def initialOffset(self) -> dict[str, Any]:  # noqa: N802
        """Before the first batch."""
        return _offset(End(BatchPlan(0), 0))

    def latestOffset(self) -> dict[str, Any]:  # noqa: N802
        """The end of the next batch; that of the last one until the driver has processed it."""
        plan = self._plan.read()
        if self._planned is None or self._planned.plan.number != plan.number:
            until = FOREVER if self._place.recorded else time.time_ns() // 1000 - SETTLED_MILLIS * 1000
            self._planned = End(plan, until)
        return _offset(self._planned)

    def partitions(self, start: dict[str, Any], end: dict[str, Any]) -> Sequence[InputPartition]:  # noqa: ARG002
        """Groups of shards, as even as their number allows."""
        planned = msgspec.convert(end, End)
        starts = planned.plan.starts()
        groups = [starts[number :: self._tasks] for number in range(min(self._tasks, len(starts)))]
        most_bytes = max(1, self._batch_bytes // max(1, len(starts)))
        return [Shards(group, planned.until, most_bytes) for group in groups]

    def read(self, partition: Shards) -> Iterator[pa.RecordBatch]:  # type: ignore[override]
        """Read a group of shards. Runs on an executor."""
        reader = _reader(self._place)
        if len(partition.starts) == 1:
            yield from self._decode([reader.read(partition.starts[0], partition.until, partition.most_bytes)])
            return
        with ThreadPoolExecutor(min(_THREADS, len(partition.starts))) as pool:
            asked = [pool.submit(reader.read, one, partition.until, partition.most_bytes) for one in partition.starts]
            yield from self._decode([one.result() for one in as_completed(asked)])

    def commit(self, end: dict[str, Any]) -> None:
        """Nothing to do: what counts is committed with the tables."""


@cache
def _reader(place: Place) -> ShardReader:
    """The reader of this process, which outlives a task: what it keeps saves the next batch its calls."""
    return ShardReader(place.pages())


def _offset(end: End) -> dict[str, Any]:
    return dict(msgspec.to_builtins(end))


def _tell(text: str) -> None:
    """To standard error, which is the executor's log: this runs in a process that Spark starts, with no logger of ours."""
    sys.stderr.write(f"stream-detectors: {text}\n")
