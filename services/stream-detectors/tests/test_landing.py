"""Landing under crashes: wherever it dies, the next start lands the rest, and each trade, alert and refusal is there once."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from coattail_detectors import ModuleRegistry, registry
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.watermark import Watermarks
from coattail_detectors.modules.whale_detector.detector import WhaleDetector
from coattail_runtime.telemetry import logger
from coattail_testing.bus import FakeBus
from coattail_testkit.life import FakeKilled, Killed
from coattail_testkit.stream import batch, outbox_of, record, record_of, trade
from stream_detectors.checkpoint import CheckpointStore
from stream_detectors.lakehouse import ANOMALY_ALERTS, DQ_REJECTS, RAW_TRADES, Lakehouse, Table
from stream_detectors.landing import Lander
from stream_detectors.metrics import NoMetrics
from stream_detectors.modules import go_on
from stream_detectors.pipeline import Pipeline
from stream_detectors.progress import Progress
from stream_detectors.recovery import CheckpointMissingError, resume
from stream_detectors.source.records import StreamRecord

pytestmark = pytest.mark.spark

FEATURES = Features()
WHALES = WhaleDetector.module.table
TABLES = [RAW_TRADES, ANOMALY_ALERTS, DQ_REJECTS, WHALES]

TRADES = {number: trade(number, {20: "250000", 21: "150000"}.get(number, "100")) for number in range(1, 25)}
STREAM = [
    record_of([TRADES[n] for n in range(1, 20)], sequence_number=10),
    record([b"not a trade", b"{}"], sequence_number=11),
    record_of([TRADES[n] for n in range(20, 23)], sequence_number=12),
    record_of([TRADES[n] for n in range(15, 25)], sequence_number=9, shard_id="shardId-000000000001"),
]


class Process:
    """One life of the application: started from the checkpoint, fed what stands after it."""

    def __init__(self, lakehouse: Lakehouse, seals: Path, spark: SparkSession, clock: Iterator[int]) -> None:
        lakehouse.create(TABLES)
        store = CheckpointStore.at(str(seals), "us-west-2", None)
        resumed = resume(lakehouse, store, [WHALES])
        self.positions = resumed.checkpoint.positions
        self.bus = FakeBus()
        detectors = ModuleRegistry.load().enabled(FEATURES, ["whale-detector"])
        go_on(detectors, resumed.checkpoint, logger("test"))
        self._spark = spark
        self.pipeline = Pipeline(
            progress=Progress({one.market: one.ids for one in resumed.checkpoint.landed}),
            detectors=detectors,
            outbox=outbox_of(self.bus),
            lander=Lander(lakehouse, store, resumed),
            wanted=registry.wanted(detectors, FEATURES),
            watermarks=Watermarks(0, 0),
            metrics=NoMetrics(),
            log=logger("test"),
            clock=lambda: next(clock),
            newest=resumed.checkpoint.seen_until(),
        )

    def read(self, stream: Sequence[StreamRecord]) -> None:
        after = [one for one in stream if int(one.sequence_number) > int(self.positions.get(one.shard_id, "-1"))]
        if after:
            self.pipeline.batch(batch(self._spark, after), 0)


def rows(spark: SparkSession, lakehouse: Lakehouse, table: Table, *columns: str) -> list[tuple[object, ...]]:
    return sorted(tuple(row) for row in spark.table(lakehouse.name(table)).select(*columns).collect())


def assert_all_landed_once(spark: SparkSession, lakehouse: Lakehouse) -> None:
    assert rows(spark, lakehouse, RAW_TRADES, "trade_id") == [(n,) for n in range(1, 25)]
    ids = [("MOD-002:whale_trade:binance:BTC-USDT:20",), ("MOD-002:whale_trade:binance:BTC-USDT:21",)]
    assert rows(spark, lakehouse, ANOMALY_ALERTS, "alert_id") == ids
    assert rows(spark, lakehouse, WHALES, "alert_id") == ids
    assert rows(spark, lakehouse, DQ_REJECTS, "sequence_number", "line_number", "rule") == [
        ("11", 0, "malformed.not_json"),
        ("11", 1, "incomplete.event_id"),
    ]


@pytest.mark.parametrize(("commit", "after"), list(itertools.product(range(4), (False, True))))
def test_a_crash_at_any_commit_loses_and_doubles_nothing(
    spark: SparkSession, tmp_path: Path, commit: int, after: bool
) -> None:
    database = f"crash_{commit}_{after}".lower()
    clock = itertools.count(1_800_000_000_000_000, 1_000_000)
    first = Process(FakeKilled(spark, database, commit, after), tmp_path, spark, clock)
    first.read(STREAM)
    with pytest.raises(Killed):
        first.pipeline.land()

    lakehouse = Lakehouse(spark, database)
    second = Process(lakehouse, tmp_path, spark, clock)
    second.read(STREAM)
    second.pipeline.land()

    assert_all_landed_once(spark, lakehouse)


def test_a_landing_that_brings_nothing_new_commits_nothing(spark: SparkSession, tmp_path: Path) -> None:
    clock = itertools.count(1_800_000_000_000_000, 1_000_000)
    lakehouse = Lakehouse(spark, "nothing_new")
    process = Process(lakehouse, tmp_path, spark, clock)
    process.read(STREAM)
    process.pipeline.land()

    process.read(STREAM[:1])
    process.pipeline.land()
    process.pipeline.land()

    assert spark.table(f"{lakehouse.name(RAW_TRADES)}.snapshots").count() == 1
    assert_all_landed_once(spark, lakehouse)


def test_a_trade_that_comes_late_fills_its_hole(spark: SparkSession, tmp_path: Path) -> None:
    clock = itertools.count(1_800_000_000_000_000, 1_000_000)
    lakehouse = Lakehouse(spark, "late")
    process = Process(lakehouse, tmp_path, spark, clock)
    process.read([record_of([trade(n) for n in (1, 2, 4, 5)], sequence_number=1)])
    process.pipeline.land()

    process.read([record_of([trade(n) for n in (2, 3, 4)], sequence_number=2)])
    process.pipeline.land()

    assert rows(spark, lakehouse, RAW_TRADES, "trade_id") == [(n,) for n in range(1, 6)]


def test_an_alert_is_on_the_bus_before_anything_is_landed(spark: SparkSession, tmp_path: Path) -> None:
    clock = itertools.count(1_800_000_000_000_000, 1_000_000)
    lakehouse = Lakehouse(spark, "before_landing")
    process = Process(lakehouse, tmp_path, spark, clock)

    process.read(STREAM)

    assert process.bus.wait_for(lambda: len(process.bus.alerts) == 2)
    assert [alert.alert_type for alert in process.bus.alerts] == ["whale_trade", "whale_trade"]
    assert rows(spark, lakehouse, RAW_TRADES, "trade_id") == []


def test_rows_that_no_seal_accounts_for_stop_the_start(spark: SparkSession, tmp_path: Path) -> None:
    lakehouse = Lakehouse(spark, "no_seal")
    lakehouse.create(TABLES)
    lakehouse.append_rows(RAW_TRADES, [trade(1)])

    with pytest.raises(CheckpointMissingError, match="restart-and-recovery"):
        resume(lakehouse, CheckpointStore.at(str(tmp_path), "us-west-2", None), [WHALES])


def test_a_rolled_back_landing_is_landed_again(spark: SparkSession, tmp_path: Path) -> None:
    clock = itertools.count(1_800_000_000_000_000, 1_000_000)
    lakehouse = Lakehouse(spark, "rolled_back")
    process = Process(lakehouse, tmp_path, spark, clock)
    process.read(STREAM[:1])
    process.pipeline.land()
    first = spark.table(f"{lakehouse.name(RAW_TRADES)}.snapshots").first()
    process.read(STREAM[1:])
    process.pipeline.land()
    assert first is not None
    spark.sql(f"CALL lakehouse.system.rollback_to_snapshot('rolled_back.raw_trades', {first['snapshot_id']})")

    second = Process(lakehouse, tmp_path, spark, clock)
    second.read(STREAM)
    second.pipeline.land()

    assert_all_landed_once(spark, lakehouse)
