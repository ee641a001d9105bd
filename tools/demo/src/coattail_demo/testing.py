"""For tests: the evidence of a run in which all is well, for them to spoil."""

from typing import Any

from coattail_common.ids import ranges_of
from coattail_demo.evidence import AlertKey, Episode, Evidence, LandedAlert, RaisedAlert, SentMarket, StoredMarket
from coattail_demo.features import Features, SpreadWindows, VolumeWindows, Watermark
from coattail_demo.sighting import Sighting

WHALE = AlertKey("whale_trade", "binance", "BTC-USDT", 12, 12)
SWEEP = AlertKey("whale_sweep", "coinbase", "BTC-USD", 5, 9)

SECOND = 1_000_000
START = 1_790_000_000 * SECOND
"""When trades begin to flow in what follows, on the edge of a window; they do for a minute."""

FEATURES = Features(
    watermark=Watermark(lateness_seconds=2),
    volume_anomaly=VolumeWindows(window_seconds=5, least_windows=6),
    spread_calculator=SpreadWindows(window_seconds=5),
)


def raised(key: AlertKey, latency_ms: float | None = 1500.0) -> RaisedAlert:
    """The alert on the bus."""
    return RaisedAlert(f"id of {key}", key, 250_000.75, latency_ms)


def landed(key: AlertKey) -> LandedAlert:
    """The alert in its table."""
    return LandedAlert(f"id of {key}", key)


def sound(**changes: Any) -> Evidence:
    """Ten trades of one market and nine of another, a whale and a sweep."""
    told: dict[str, Any] = {
        "sent": (SentMarket("binance", "BTC-USDT", 10, 19, 10), SentMarket("coinbase", "BTC-USD", 1, 9, 9)),
        "stored": (
            StoredMarket("binance", "BTC-USDT", 10, ranges_of(range(10, 20))),
            StoredMarket("coinbase", "BTC-USD", 9, ranges_of(range(1, 10))),
        ),
        "rejected": 0,
        "raised": (raised(WHALE), raised(SWEEP, 2500.0)),
        "landed": (landed(WHALE), landed(SWEEP)),
        "injected": (WHALE, SWEEP),
    }
    return Evidence(**(told | changes))


def episode(alert_type: str, market: str, begins: float, lasts: float, magnitude: float, ramp: float = 0.0) -> Episode:
    """An injected episode, in seconds after `START`; the market as `exchange:SYMBOL`, or a pair of quotes."""
    exchange, _, symbol = market.rpartition(":")
    times = (begins, begins + ramp, begins + lasts - ramp, begins + lasts)
    began_at, full_from, full_until, ended_at = (START + round(time * SECOND) for time in times)
    return Episode(
        alert_type=alert_type,
        exchange=exchange,
        symbol=symbol,
        began_at=began_at,
        full_from=full_from,
        full_until=full_until,
        ended_at=ended_at,
        magnitude=magnitude,
    )


def sighted(
    alert_type: str, market: str, starts: float, size: float, other: str = "", latency_ms: float = 800.0
) -> RaisedAlert:
    """An alert about the five seconds that start so long after `START`."""
    exchange, _, symbol = market.rpartition(":")
    window = START + round(starts * SECOND)
    return RaisedAlert(
        f"id of {alert_type} {market} {starts}",
        AlertKey(alert_type, exchange, symbol, 1, 9),
        0.0,
        latency_ms,
        Sighting(
            window_start=window,
            window_end=window + 5 * SECOND,
            size=size,
            unit="σ" if alert_type == "volume_spike" else "%",
            other=other,
        ),
    )
