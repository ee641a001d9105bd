"""Modules that change between two starts, through checkpoint and tables: a row of a window states all that `raw_trades` has of it."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812

from coattail_detectors import ModuleRegistry, registry
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.watermark import Watermarks
from coattail_detectors.modules.volume_anomaly.detector import VolumeDetector
from coattail_detectors.modules.volume_anomaly.module import VolumeSettings
from coattail_detectors.modules.volume_anomaly.rows import VOLUME_AGGREGATES
from coattail_runtime.telemetry import logger
from coattail_testing.bus import FakeBus
from coattail_testkit.stream import MOMENT, batch, outbox_of, record_of, trade
from stream_detectors.checkpoint import CheckpointStore
from stream_detectors.lakehouse import ANOMALY_ALERTS, DQ_REJECTS, RAW_TRADES, Lakehouse
from stream_detectors.landing import Lander
from stream_detectors.metrics import NoMetrics
from stream_detectors.modules import go_on
from stream_detectors.pipeline import Pipeline
from stream_detectors.progress import Progress
from stream_detectors.recovery import resume

pytestmark = pytest.mark.spark

SECOND = 1_000_000
CLOCK = itertools.count(1_800_000_000_000_000, SECOND)


def volume(window_seconds: int, *, enabled: bool = True) -> Features:
    return Features(modules={"volume_anomaly": VolumeSettings(window_seconds=window_seconds, enabled=enabled)})


class FakeFailing(VolumeDetector):
    """MOD-001, which fails while `fails` is set."""

    fails = False

    def inspect(self, shown: DetectorInput, now: int) -> list[Finding]:
        findings = super().inspect(shown, now)
        if self.fails and shown.bars:
            raise ValueError("as it was told to")
        return findings


class Life:
    """One start of the application with these features."""

    def __init__(self, spark: SparkSession, folder: Path, database: str, features: Features) -> None:
        self._spark = spark
        self.lakehouse = Lakehouse(spark, database)
        self.lakehouse.create([RAW_TRADES, ANOMALY_ALERTS, DQ_REJECTS, VOLUME_AGGREGATES])
        self.detectors: Sequence[BaseDetector] = ModuleRegistry((FakeFailing,)).enabled(features, ["volume-anomaly"])
        store = CheckpointStore.at(str(folder), "us-west-2", None)
        resumed = resume(self.lakehouse, store, [one.module.table for one in self.detectors])
        go_on(self.detectors, resumed.checkpoint, logger("test"))
        watermarks = Watermarks(0, 0)
        watermarks.restore(resumed.checkpoint.watermarks, next(CLOCK))
        self.pipeline = Pipeline(
            progress=Progress({one.market: one.ids for one in resumed.checkpoint.landed}),
            detectors=list(self.detectors),
            outbox=outbox_of(FakeBus()),
            lander=Lander(self.lakehouse, store, resumed),
            wanted=registry.wanted(self.detectors, features),
            watermarks=watermarks,
            metrics=NoMetrics(),
            log=logger("test"),
            clock=lambda: next(CLOCK),
            newest=resumed.checkpoint.seen_until(),
        )

    def trades(self, first: int, last: int) -> None:
        """A trade of 1 BTC at each of these seconds, the last one left out, in one batch; what is found is landed."""
        made = [trade(second, timestamp=MOMENT + second * SECOND) for second in range(first, last)]
        self.pipeline.batch(batch(self._spark, [record_of(made, sequence_number=last)]), 0)
        self.pipeline.land()

    def fail(self, *, fails: bool) -> None:
        for one in self.detectors:
            assert isinstance(one, FakeFailing)
            one.fails = fails


def windows(spark: SparkSession, lakehouse: Lakehouse) -> list[tuple[int, int, int]]:
    """Start and end of each window that has a row, in seconds, and its trades. Asserts that `raw_trades` has no others."""
    rows = spark.table(lakehouse.name(VOLUME_AGGREGATES)).orderBy("window_start", "window_end").collect()
    trades = spark.table(lakehouse.name(RAW_TRADES))
    for row in rows:
        there = trades.where(
            (F.col("timestamp") >= F.lit(row["window_start"])) & (F.col("timestamp") < F.lit(row["window_end"]))
        )
        assert there.count() == row["trades"], row
    return [
        (_seconds(row["window_start"].timestamp()), _seconds(row["window_end"].timestamp()), row["trades"])
        for row in rows
    ]


def _seconds(time: float) -> int:
    return round(time) - MOMENT // SECOND


def test_windows_are_whole_however_the_module_changes(spark: SparkSession, tmp_path: Path) -> None:
    """60 s to 120 s stored a row with too few trades, and switched off and on again half a window as a whole one."""
    Life(spark, tmp_path, "module_changes", volume(60)).trades(0, 150)
    Life(spark, tmp_path, "module_changes", volume(120)).trades(150, 390)
    Life(spark, tmp_path, "module_changes", volume(120, enabled=False)).trades(390, 400)
    last = Life(spark, tmp_path, "module_changes", volume(120))
    last.trades(400, 610)

    # What 60 s windows had open at 150 s, and what came while the module was off, is in no row.
    assert windows(spark, last.lakehouse) == [(0, 60, 60), (60, 120, 60), (240, 360, 120), (480, 600, 120)]


def test_a_batch_that_a_module_failed_in_is_in_no_window(spark: SparkSession, tmp_path: Path) -> None:
    """The window went on without the batch's trades, and was stored as a whole one."""
    life = Life(spark, tmp_path, "module_failures", volume(60))
    life.trades(0, 70)
    life.fail(fails=True)
    life.trades(70, 80)
    life.fail(fails=False)
    life.trades(80, 100)
    next_one = Life(spark, tmp_path, "module_failures", volume(60))
    next_one.trades(100, 250)

    assert windows(spark, next_one.lakehouse) == [(0, 60, 60), (120, 180, 60), (180, 240, 60)]
