"""The main path: a batch is evaluated once, and a detector that fails stops no other and leaves no half-done state."""

import itertools
import threading
from pathlib import Path

import msgspec
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812

from coattail_common.contracts import ModuleFailed
from coattail_detectors import registry
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.provenance import Provenance
from coattail_detectors.kernel.watermark import Watermarks
from coattail_detectors.modules.whale_detector.detector import WhaleDetector
from coattail_runtime.telemetry import logger
from coattail_testing.bus import FakeBus
from coattail_testkit.stream import batch, outbox_of, record_of, trade
from stream_detectors.checkpoint import CheckpointStore
from stream_detectors.lakehouse import ANOMALY_ALERTS, DQ_REJECTS, RAW_TRADES, Lakehouse
from stream_detectors.landing import Lander
from stream_detectors.metrics import NoMetrics
from stream_detectors.pipeline import MOST_WAITING, Pipeline
from stream_detectors.progress import Progress
from stream_detectors.recovery import resume

pytestmark = pytest.mark.spark


class FakeFailing(BaseDetector):
    """Changes its state, and fails in the middle."""

    module = msgspec.structs.replace(WhaleDetector.module, module_id="MOD-999", name="failing")

    def __init__(self, _features: Features | None = None, _provenance: Provenance | None = None) -> None:
        self.seen = 0

    def inspect(self, shown: DetectorInput, now: int) -> list[Finding]:
        self.seen += len(shown.fills)
        raise ValueError(now)

    def state(self) -> bytes:
        return b"%d" % self.seen

    def restore(self, state: bytes) -> None:
        self.seen = int(state)


def pipeline(
    spark: SparkSession,
    folder: Path,
    detectors: list[BaseDetector],
    bus: FakeBus,
    database: str,
    most_waiting: int = MOST_WAITING,
) -> tuple[Pipeline, Lakehouse]:
    lakehouse = Lakehouse(spark, database)
    tables = [WhaleDetector.module.table]
    lakehouse.create([RAW_TRADES, ANOMALY_ALERTS, DQ_REJECTS, *tables])
    store = CheckpointStore.at(str(folder), "us-west-2", None)
    clock = itertools.count(1_800_000_000_000_000, 1_000_000)
    lander = Lander(lakehouse, store, resume(lakehouse, store, tables))
    return Pipeline(
        progress=Progress({}),
        detectors=detectors,
        outbox=outbox_of(bus),
        lander=lander,
        wanted=registry.wanted([WhaleDetector(Features(), Provenance.of("c0ffee"))], Features()),
        watermarks=Watermarks(0, 0),
        metrics=NoMetrics(),
        log=logger("test"),
        most_waiting=most_waiting,
        clock=lambda: next(clock),
    ), lakehouse


def test_a_batch_is_evaluated_once_for_detection_and_landing_together(spark: SparkSession, tmp_path: Path) -> None:
    whale = WhaleDetector(Features(), Provenance.of("c0ffee"))
    path, lakehouse = pipeline(spark, tmp_path, [whale], FakeBus(), "evaluated_once")
    evaluated = spark.sparkContext.accumulator(0)

    @F.udf("binary", useArrow=False)  # without pandas, Spark 4.1 warns about a UDF that leaves this open
    def counted(data: bytes) -> bytes:
        evaluated.add(1)
        return bytes(data)

    made = batch(spark, [record_of([trade(n), trade(n + 1, "150000")], n) for n in range(1, 100, 2)])
    path.batch(made.withColumn("part", counted.asNondeterministic()("part")), 0)
    path.land()

    assert evaluated.value == made.count() == 2
    assert spark.table(lakehouse.name(RAW_TRADES)).count() == 100


def test_a_detector_that_fails_is_reported_and_stops_no_other(spark: SparkSession, tmp_path: Path) -> None:
    failing, whale, bus = FakeFailing(), WhaleDetector(Features(), Provenance.of("c0ffee")), FakeBus()
    path, lakehouse = pipeline(spark, tmp_path, [failing, whale], bus, "failing")

    path.batch(batch(spark, [record_of([trade(1, "150000"), trade(2)])]), 7)
    path.land()

    assert bus.wait_for(lambda: len(bus.alerts) == 1 and len(bus.events) == 1)
    assert [alert.alert_id for alert in bus.alerts] == ["MOD-002:whale_trade:binance:BTC-USDT:1"]
    assert [event.batch_id for event in bus.events if isinstance(event, ModuleFailed)] == [7]
    assert failing.seen == 0
    assert spark.table(lakehouse.name(RAW_TRADES)).count() == 2


def test_detection_waits_while_too_many_trades_wait_for_their_landing(spark: SparkSession, tmp_path: Path) -> None:
    path, lakehouse = pipeline(spark, tmp_path, [], FakeBus(), "waiting", most_waiting=2)
    path.batch(batch(spark, [record_of([trade(1), trade(2)])]), 0)
    second = threading.Thread(target=path.batch, args=(batch(spark, [record_of([trade(3)])]), 1), daemon=True)

    second.start()
    second.join(timeout=0.5)
    assert second.is_alive()
    path.land()
    second.join(timeout=60)
    path.land()

    assert spark.table(lakehouse.name(RAW_TRADES)).count() == 3


def test_a_failed_landing_lets_a_waiting_batch_go(spark: SparkSession, tmp_path: Path) -> None:
    path, lakehouse = pipeline(spark, tmp_path, [], FakeBus(), "failed_landing", most_waiting=1)
    path.batch(batch(spark, [record_of([trade(1)])]), 0)
    spark.sql(f"DROP TABLE {lakehouse.name(RAW_TRADES)}")

    with pytest.raises(Exception, match="raw_trades"):
        path.land()

    path.batch(batch(spark, [record_of([trade(2)])]), 1)
