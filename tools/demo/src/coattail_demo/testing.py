"""For tests: the evidence of a run in which all is well, for them to spoil."""

from typing import Any

from coattail_demo.evidence import AlertKey, Evidence, LandedAlert, RaisedAlert, SentMarket, StoredMarket
from coattail_demo.ranges import ranges_of

WHALE = AlertKey("whale_trade", "binance", "BTC-USDT", 12, 12)
SWEEP = AlertKey("whale_sweep", "coinbase", "BTC-USD", 5, 9)


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
