"""A bus that takes nothing loses neither a trade nor an alert, and what a batch brings is sealed together or not at all."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError
from pyspark.sql import SparkSession
from tenacity import wait_fixed

from coattail_common.contracts import Alert
from coattail_common.telemetry import logger
from stream_detectors.bus import EventBridge
from stream_detectors.detectors import registry
from stream_detectors.detectors.base import BaseDetector, Finding
from stream_detectors.detectors.provenance import Provenance
from stream_detectors.detectors.whale import WhaleDetector
from stream_detectors.features import Features
from stream_detectors.lakehouse import ANOMALY_ALERTS, DQ_REJECTS, RAW_TRADES, Lakehouse
from stream_detectors.landing import Lander, resume
from stream_detectors.meter import NoMeter
from stream_detectors.news import News
from stream_detectors.outbox import Outbox, Place
from stream_detectors.pipeline import HalfABatchError, Pipeline
from stream_detectors.progress import Progress
from stream_detectors.seal import SealStore
from stream_detectors.testing import alert, frame, record_of, trade
from stream_detectors.watermark import Watermarks

pytestmark = pytest.mark.spark

FIRST = record_of([trade(n) for n in range(1, 101)], sequence_number=1)
SECOND = record_of([trade(n, "150000" if n == 150 else "100") for n in range(101, 201)], sequence_number=2)
WHALE = "MOD-002:whale_trade:binance:BTC-USDT:150"


class FakeEvents:
    """boto3's client of EventBridge, which denies everything until it is `open`."""

    def __init__(self) -> None:
        self.is_open = False
        self.calls = 0
        self.alert_ids: list[str] = []

    def put_events(self, *, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        self.calls += 1
        if not self.is_open:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not yours"}}, "PutEvents")
        self.alert_ids += [msgspec.json.decode(one["Detail"], type=Alert).alert_id for one in Entries]
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in Entries]}


class FakeBroken(BaseDetector):
    """Fails, and cannot be taken back either."""

    module = msgspec.structs.replace(WhaleDetector.module, module_id="MOD-999", name="broken")

    def __init__(self, _features: Features | None = None, _provenance: Provenance | None = None) -> None:
        self.works = True

    def inspect(self, _news: News, _now: int) -> list[Finding]:
        if not self.works:
            raise ValueError
        return []

    def state(self) -> bytes:
        return b"{}"

    def restore(self, _state: bytes) -> None:
        raise OSError("the state is gone")


class Life:
    """One life of the application, on a client of EventBridge."""

    def __init__(
        self, spark: SparkSession, folder: Path, database: str, events: FakeEvents, *others: BaseDetector
    ) -> None:
        self.lakehouse = Lakehouse(spark, database)
        tables = [WhaleDetector.module.table]
        self.lakehouse.create([RAW_TRADES, ANOMALY_ALERTS, DQ_REJECTS, *tables])
        store = SealStore.at(str(folder), "us-west-2", None)
        sealed = resume(self.lakehouse, store, tables)
        self.positions = sealed.seal.positions
        whale = WhaleDetector(Features(), Provenance.of("c0ffee"))
        if state := sealed.seal.modules.get("MOD-002"):
            whale.restore(bytes(state))
        clock: Iterator[int] = itertools.count(1_800_000_000_000_000, 1_000_000)
        bus = EventBridge(events, "coattail")
        self.outbox = Outbox(bus, NoMeter(), logger("test"), lambda: next(clock), wait=wait_fixed(0.001))
        self.outbox.recall(sealed.seal.unsent_since)
        self.outbox.start()
        self.pipeline = Pipeline(
            progress=Progress({one.market: one.ids for one in sealed.seal.landed}),
            detectors=[*others, whale],
            outbox=self.outbox,
            lander=Lander(self.lakehouse, store, sealed),
            wanted=registry.wanted([whale], Features()),
            watermarks=Watermarks(0, 0),
            meter=NoMeter(),
            log=logger("test"),
            clock=lambda: next(clock),
        )


def ids(spark: SparkSession, life: Life) -> list[int]:
    return sorted(row["trade_id"] for row in spark.table(life.lakehouse.name(RAW_TRADES)).collect())


def alert_ids(spark: SparkSession, life: Life) -> list[str]:
    return sorted(row["alert_id"] for row in spark.table(life.lakehouse.name(ANOMALY_ALERTS)).collect())


def test_a_denying_bus_loses_no_trade_and_no_alert(spark: SparkSession, tmp_path: Path) -> None:
    """The batch that raised an alert was sealed by its ids alone: after the restart its trades were dropped as repeats."""
    events = FakeEvents()
    first = Life(spark, tmp_path, "denied", events)
    first.pipeline.batch(frame(spark, [FIRST]), 0)
    first.pipeline.land()
    first.pipeline.batch(frame(spark, [SECOND]), 1)
    first.outbox.close(0.01)
    first.pipeline.land()
    assert events.calls > 0
    assert events.alert_ids == []

    second = Life(spark, tmp_path, "denied", events)
    assert second.positions == {"shardId-000000000000": "2"}
    assert ids(spark, second) == list(range(1, 201))
    assert alert_ids(spark, second) == [WHALE]

    events.is_open = True
    second.outbox.refill(second.lakehouse)
    second.outbox.close(30)
    assert events.alert_ids == [WHALE]


def test_killed_before_the_landing_it_raises_the_alert_again(spark: SparkSession, tmp_path: Path) -> None:
    events = FakeEvents()
    first = Life(spark, tmp_path, "killed", events)
    first.pipeline.batch(frame(spark, [FIRST, SECOND]), 0)
    first.outbox.close(0.01)

    events.is_open = True
    second = Life(spark, tmp_path, "killed", events)
    second.pipeline.batch(frame(spark, [FIRST, SECOND]), 0)
    second.pipeline.land()
    second.outbox.close(30)

    assert ids(spark, second) == list(range(1, 201))
    assert events.alert_ids == alert_ids(spark, second) == [WHALE]


def test_nothing_is_landed_after_half_a_batch(spark: SparkSession, tmp_path: Path) -> None:
    """Ids, positions and states of modules are sealed together: half a batch is never sealed, and is read again."""
    events, broken = FakeEvents(), FakeBroken()
    first = Life(spark, tmp_path, "half", events, broken)
    first.pipeline.batch(frame(spark, [FIRST]), 0)
    broken.works = False
    with pytest.raises(OSError, match="the state is gone"):
        first.pipeline.batch(frame(spark, [SECOND]), 1)
    with pytest.raises(HalfABatchError, match="restart"):
        first.pipeline.land()
    first.outbox.close(0.01)

    second = Life(spark, tmp_path, "half", events)
    assert second.positions == {}
    second.pipeline.batch(frame(spark, [FIRST, SECOND]), 0)
    second.pipeline.land()
    second.outbox.close(0.01)
    assert ids(spark, second) == list(range(1, 201))


def test_alerts_come_back_from_their_table_as_they_were(spark: SparkSession) -> None:
    lakehouse = Lakehouse(spark, "read_back")
    lakehouse.create([ANOMALY_ALERTS])
    alerts = [alert(1), alert(2), alert(3, alert(2).detected_at), alert(4)]
    lakehouse.append(ANOMALY_ALERTS, lakehouse.frame(alerts[::-1]), {})

    assert lakehouse.alerts_after(Place(alerts[0].detected_at), 9) == alerts
    assert lakehouse.alerts_after(Place(alerts[1].detected_at, alerts[1].alert_id), 1) == [alerts[2]]
