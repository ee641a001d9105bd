"""For tests: one life of the application after another, on the same tables and seals."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from tenacity import wait_fixed

from coattail_detectors import registry
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.provenance import Provenance
from coattail_detectors.kernel.watermark import Watermarks
from coattail_detectors.modules.whale_detector.detector import WhaleDetector
from coattail_runtime.bus.bridge import Bus
from coattail_runtime.telemetry import logger
from coattail_testkit.stream import batch
from stream_detectors.checkpoint import CheckpointStore
from stream_detectors.lakehouse import ANOMALY_ALERTS, DQ_REJECTS, RAW_TRADES, Lakehouse, Table
from stream_detectors.landing import Lander
from stream_detectors.metrics import NoMetrics, PipelineMetrics
from stream_detectors.modules import go_on
from stream_detectors.outbox import Outbox
from stream_detectors.pipeline import Pipeline
from stream_detectors.progress import Progress
from stream_detectors.recovery import resume
from stream_detectors.source.records import StreamRecord
from stream_detectors.writing.commit import OpenTable
from stream_detectors.writing.target import Files

TABLES = (RAW_TRADES, ANOMALY_ALERTS, DQ_REJECTS, WhaleDetector.module.table)
"""The tables it writes."""


class Killed(BaseException):
    """The process is gone: nothing may catch it."""


class FakeKilled(Lakehouse):
    """A lakehouse whose process dies at one of its commits, counted from 0: just before it, or just after it."""

    def __init__(self, spark: SparkSession, database: str, at: int, after: bool) -> None:
        super().__init__(spark, database)
        self._commits = itertools.count()
        self._at, self._after = at, after

    def append(self, table: Table, frame: DataFrame, properties: Mapping[str, str]) -> None:
        """See `Lakehouse.append`. Raises `Killed`."""
        with self._commit():
            super().append(table, frame, properties)

    def append_files(self, table: Table, opened: OpenTable, written: Files, properties: Mapping[str, str]) -> None:
        """See `Lakehouse.append_files`. Raises `Killed`."""
        with self._commit():
            super().append_files(table, opened, written, properties)

    @contextmanager
    def _commit(self) -> Iterator[None]:
        dies = next(self._commits) == self._at
        if dies and not self._after:
            raise Killed
        yield
        if dies:
            raise Killed


class Life:
    """The application with the whale detector, resumed from what stands in the tables. It is killed by being forgotten."""

    def __init__(
        self,
        lakehouse: Lakehouse,
        folder: Path,
        bus: Bus,
        others: Sequence[BaseDetector] = (),
        began: int = 1_800_000_000_000_000,
        metrics: PipelineMetrics | None = None,
    ) -> None:
        self.lakehouse = lakehouse
        lakehouse.create(TABLES)
        store = CheckpointStore.at(str(folder), "us-west-2", None)
        resumed = resume(lakehouse, store, [WhaleDetector.module.table])
        self.positions = resumed.checkpoint.positions
        whale = WhaleDetector(Features(), Provenance.of("c0ffee"))
        go_on([whale], resumed.checkpoint, logger("test"))
        clock = itertools.count(began, 1_000_000)
        self.outbox = Outbox(bus, NoMetrics(), logger("test"), lambda: next(clock), wait=wait_fixed(0.001))
        self.outbox.recall(resumed.checkpoint.unsent_since)
        self.outbox.start()
        self.pipeline = Pipeline(
            progress=Progress({one.market: one.ids for one in resumed.checkpoint.landed}),
            detectors=[*others, whale],
            outbox=self.outbox,
            lander=Lander(lakehouse, store, resumed),
            wanted=registry.wanted([whale], Features()),
            watermarks=Watermarks(0, 0),
            metrics=metrics or NoMetrics(),
            log=logger("test"),
            clock=lambda: next(clock),
            newest=resumed.checkpoint.seen_until(),
        )

    def read(self, stream: Sequence[StreamRecord]) -> None:
        """Read what of the stream stands after its positions, in one batch."""
        behind = [one for one in stream if int(one.sequence_number) > int(self.positions.get(one.shard_id, "-1"))]
        if behind:
            self.pipeline.batch(batch(self.lakehouse.spark, behind), 0)
            self.positions = {one.shard_id: one.sequence_number for one in stream}
