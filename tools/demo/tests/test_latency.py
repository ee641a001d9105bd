"""Percentiles, and who is asked when a trade was sent."""

import msgspec
import pytest

from coattail_common.contracts import Alert, Lineage, Severity, Side, WhaleTradeDetails
from coattail_demo.latency import AlertTimes, Latency, by_type, percentile
from coattail_demo.tap import SeenAlert
from coattail_demo.testing import SWEEP, WHALE, raised

NOW = 1_700_000_000_000_000


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 2), (0.51, 3), (0.99, 4), (1.0, 4)])
def test_a_percentile_is_a_value_that_occurred(share: float, value: float) -> None:
    assert percentile([4, 1, 3, 2], share) == value


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no percentile"):
        percentile([], 0.5)


def test_latencies_by_type_leave_out_what_is_not_known() -> None:
    alerts = [raised(WHALE, 1000.04), raised(WHALE, 3000.0), raised(SWEEP, None)]
    assert by_type(alerts) == {"whale_trade": Latency(1000.0, 3000.0)}


async def test_on_a_real_exchange_the_time_of_the_trade_stands_in() -> None:
    details = WhaleTradeDetails(
        side=Side.BUY, trade_id=7, price="100", quantity="2000", usd="200000.5", threshold_usd="100000"
    )
    lineage = Lineage(
        correlation_id="c",
        module_id="MOD-002",
        detector="WhaleDetector",
        config_hash="h",
        pipeline_version="0.1.0",
        processed_at=NOW,
        first_trade_id=7,
        last_trade_id=7,
        trade_count=1,
    )
    alert = Alert.with_details(
        details,
        alert_id="a",
        module_id="MOD-002",
        symbol="BTC-USD",
        severity=Severity.MEDIUM,
        detected_at=NOW,
        event_time=NOW,
        message="",
        lineage=lineage,
        exchange="coinbase",
    )
    seen = SeenAlert(msgspec.structs.replace(alert), NOW + 1_234_000)
    (told,) = await AlertTimes(None).of([seen])
    assert told.latency_ms == 1234.0
    assert told.usd == 200_000.5
    assert (told.key.alert_type, told.key.symbol, told.key.last_trade_id) == ("whale_trade", "BTC-USD", 7)
