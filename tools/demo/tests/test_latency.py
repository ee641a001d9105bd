"""Percentiles, and who is asked when a trade was sent."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from coattail_common.contracts import Alert, Details, Lineage, Severity, Side
from coattail_demo.latency import AlertTimes, Latency, by_type, percentile
from coattail_demo.sighting import sighting_of
from coattail_demo.tap import SeenAlert
from coattail_demo.testing import SWEEP, WHALE, raised
from coattail_detectors.modules.spread_calculator.alerts import BasisSource, QuoteDepegDetails, SpreadDivergenceDetails
from coattail_detectors.modules.volume_anomaly.alerts import VolumeSpikeDetails
from coattail_detectors.modules.whale_detector.alerts import WhaleTradeDetails
from coattail_harness.exchange import SimulatorClient, TradeKey

NOW = 1_700_000_000_000_000


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 2), (0.51, 3), (0.99, 4), (1.0, 4)])
def test_a_percentile_is_a_value_that_occurred(share: float, value: float) -> None:
    assert percentile([4, 1, 3, 2], share) == value


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no percentile"):
        percentile([], 0.5)


def test_latencies_by_type_leave_out_what_is_not_known() -> None:
    alerts = [raised(WHALE, 1000.04), raised(WHALE, 3000.0), raised(SWEEP, None)]
    assert by_type(alerts) == {"whale_trade": Latency(1000.0, 3000.0, 3000.0)}


class FakeSimulator(SimulatorClient):
    """Says that every trade was sent at one moment, and keeps what it was asked."""

    def __init__(self, sent_at: int) -> None:
        self.asked: list[TradeKey] = []
        self._sent = sent_at

    async def sent_at(self, trades: Sequence[TradeKey]) -> list[int | None]:
        self.asked.extend(trades)
        return [self._sent for _ in trades]


def an_alert(details: Details, exchange: str | None, symbol: str) -> Alert:
    lineage = Lineage(
        correlation_id="c",
        module_id="MOD-001",
        detector="Detector",
        config_hash="h",
        pipeline_version="0.1.0",
        processed_at=NOW,
        first_trade_id=1,
        last_trade_id=9,
        trade_count=9,
    )
    return Alert.with_details(
        details,
        alert_id=f"id of {symbol}",
        module_id="MOD-001",
        symbol=symbol,
        severity=Severity.MEDIUM,
        detected_at=NOW,
        event_time=NOW,
        message="",
        lineage=lineage,
        exchange=exchange,
    )


def about_a_window(details: Details, exchange: str | None, symbol: str) -> SeenAlert:
    alert = an_alert(details, exchange, symbol)
    return SeenAlert(alert, NOW + 3_500_000, sighting_of(alert))


WINDOW: dict[str, Any] = {"window_start": NOW - 5_000_000, "window_end": NOW}
SPIKE = VolumeSpikeDetails(
    **WINDOW,
    volume="9",
    quote_volume="900",
    trades=9,
    baseline_mean=1.0,
    baseline_stddev=0.5,
    baseline_windows=7,
    z_score=16.0,
    threshold=12.0,
)
DIVERGENCE = SpreadDivergenceDetails(
    **WINDOW,
    other_exchange="coinbase",
    other_symbol="BTC-USD",
    vwap=101.5,
    other_vwap=100.0,
    basis_percent=0.0,
    basis_source=BasisSource.ESTIMATED,
    spread_percent=1.5,
    threshold_percent=1.0,
)
DEPEG = QuoteDepegDetails(**WINDOW, basis_percent=-1.2, symbols=3, threshold_percent=1.0)


@pytest.mark.parametrize(
    ("details", "exchange", "symbol", "market", "size", "other"),
    [
        (SPIKE, "binance", "BTC-USDT", "binance:BTC-USDT", 16.0, ""),
        (DIVERGENCE, "binance", "BTC-USDT", "binance:BTC-USDT", 1.5, "coinbase:BTC-USD"),
        (DEPEG, None, "USDT-USD", "USDT-USD", -1.2, ""),
    ],
)
async def test_an_alert_about_a_window_is_timed_from_when_the_window_could_close(
    details: Details, exchange: str | None, symbol: str, market: str, size: float, other: str
) -> None:
    simulator = FakeSimulator(NOW)
    (told,) = await AlertTimes(simulator, lateness=2_000_000).of([about_a_window(details, exchange, symbol)])
    assert told.latency_ms == 1500.0
    assert told.key.market == market
    assert told.sighting is not None
    assert (told.sighting.window_end, told.sighting.size, told.sighting.other) == (NOW, size, other)
    assert simulator.asked == []


async def test_an_alert_of_an_unknown_type_in_no_single_market_breaks_nothing() -> None:
    seen = about_a_window(DEPEG, None, "USDT-USD")
    unknown = SeenAlert(msgspec.structs.replace(seen.alert, alert_type="of_tomorrow"), NOW)
    (told,) = await AlertTimes(FakeSimulator(NOW), lateness=2_000_000).of([unknown])
    assert (told.latency_ms, told.sighting, told.key.market) == (None, None, "USDT-USD")


async def test_in_a_replay_windows_are_as_old_as_the_recording_and_have_no_latency() -> None:
    (told,) = await AlertTimes(FakeSimulator(NOW), lateness=None).of([about_a_window(DEPEG, None, "USDT-USD")])
    assert told.latency_ms is None


async def test_on_a_real_exchange_the_time_of_the_trade_stands_in() -> None:
    details = WhaleTradeDetails(
        side=Side.BUY, trade_id=7, price="100", quantity="2000", usd="200000.5", threshold_usd="100000"
    )
    seen = SeenAlert(an_alert(details, "coinbase", "BTC-USD"), NOW + 1_234_000)
    (told,) = await AlertTimes(None, None).of([seen])
    assert told.latency_ms == 1234.0
    assert told.usd == 200_000.5
    assert (told.key.alert_type, told.key.symbol, told.key.last_trade_id) == ("whale_trade", "BTC-USD", 9)
