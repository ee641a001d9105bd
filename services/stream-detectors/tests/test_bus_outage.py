"""A bus that takes nothing loses neither a trade nor an alert, and what a batch brings is sealed together or not at all."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError
from pyspark.sql import SparkSession

from coattail_common.contracts import Alert
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.provenance import Provenance
from coattail_detectors.modules.whale_detector.detector import WhaleDetector
from coattail_runtime.bus.bridge import EventBridge
from coattail_testkit.life import Life
from coattail_testkit.stream import alert, batch, record_of, trade
from stream_detectors.lakehouse import ANOMALY_ALERTS, RAW_TRADES, Lakehouse
from stream_detectors.outbox import Place
from stream_detectors.pipeline import HalfABatchError

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

    def inspect(self, _news: DetectorInput, _now: int) -> list[Finding]:
        if not self.works:
            raise ValueError
        return []

    def state(self) -> bytes:
        return b"{}"

    def restore(self, _state: bytes) -> None:
        raise OSError("the state is gone")


def life(spark: SparkSession, folder: Path, database: str, events: FakeEvents, *others: BaseDetector) -> Life:
    return Life(
        Lakehouse(spark, database), folder, EventBridge(events, "coattail", "coattail.stream-detectors"), others
    )


def ids(spark: SparkSession, life: Life) -> list[int]:
    return sorted(row["trade_id"] for row in spark.table(life.lakehouse.name(RAW_TRADES)).collect())


def alert_ids(spark: SparkSession, life: Life) -> list[str]:
    return sorted(row["alert_id"] for row in spark.table(life.lakehouse.name(ANOMALY_ALERTS)).collect())


def test_a_denying_bus_loses_no_trade_and_no_alert(spark: SparkSession, tmp_path: Path) -> None:
    """The batch that raised an alert was sealed by its ids alone: after the restart its trades were dropped as repeats."""
    events = FakeEvents()
    first = life(spark, tmp_path, "denied", events)
    first.pipeline.batch(batch(spark, [FIRST]), 0)
    first.pipeline.land()
    first.pipeline.batch(batch(spark, [SECOND]), 1)
    first.outbox.close(0.01)
    first.pipeline.land()
    assert events.calls > 0
    assert events.alert_ids == []

    second = life(spark, tmp_path, "denied", events)
    assert second.positions == {"shardId-000000000000": "2"}
    assert ids(spark, second) == list(range(1, 201))
    assert alert_ids(spark, second) == [WHALE]

    events.is_open = True
    second.outbox.refill(second.lakehouse)
    second.outbox.close(30)
    assert events.alert_ids == [WHALE]


def test_killed_before_the_landing_it_raises_the_alert_again(spark: SparkSession, tmp_path: Path) -> None:
    events = FakeEvents()
    first = life(spark, tmp_path, "killed", events)
    first.pipeline.batch(batch(spark, [FIRST, SECOND]), 0)
    first.outbox.close(0.01)

    events.is_open = True
    second = life(spark, tmp_path, "killed", events)
    second.pipeline.batch(batch(spark, [FIRST, SECOND]), 0)
    second.pipeline.land()
    second.outbox.close(30)

    assert ids(spark, second) == list(range(1, 201))
    assert events.alert_ids == alert_ids(spark, second) == [WHALE]


def test_nothing_is_landed_after_half_a_batch(spark: SparkSession, tmp_path: Path) -> None:
    """Ids, positions and states of modules are sealed together: half a batch is never sealed, and is read again."""
    events, broken = FakeEvents(), FakeBroken()
    first = life(spark, tmp_path, "half", events, broken)
    first.pipeline.batch(batch(spark, [FIRST]), 0)
    broken.works = False
    with pytest.raises(OSError, match="the state is gone"):
        first.pipeline.batch(batch(spark, [SECOND]), 1)
    with pytest.raises(HalfABatchError, match="restart"):
        first.pipeline.land()
    first.outbox.close(0.01)

    second = life(spark, tmp_path, "half", events)
    assert second.positions == {}
    second.pipeline.batch(batch(spark, [FIRST, SECOND]), 0)
    second.pipeline.land()
    second.outbox.close(0.01)
    assert ids(spark, second) == list(range(1, 201))


def test_alerts_come_back_from_their_table_as_they_were(spark: SparkSession) -> None:
    lakehouse = Lakehouse(spark, "read_back")
    lakehouse.create([ANOMALY_ALERTS])
    alerts = [alert(1), alert(2), alert(3, alert(2).detected_at), alert(4)]
    lakehouse.append_rows(ANOMALY_ALERTS, alerts[::-1])

    assert lakehouse.alerts_after(Place(alerts[0].detected_at), 9) == alerts
    assert lakehouse.alerts_after(Place(alerts[1].detected_at, alerts[1].alert_id), 1) == [alerts[2]]
