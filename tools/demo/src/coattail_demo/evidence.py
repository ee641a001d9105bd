"""What a demo is judged by: what was sent and injected, what is in the tables, what came over the bus."""

import msgspec

from coattail_demo.ranges import Ranges


class SentMarket(msgspec.Struct, frozen=True):
    """What an exchange sent of a market: `sent` trades, with ids from `first_trade_id` to `last_trade_id`."""

    exchange: str
    symbol: str
    first_trade_id: int
    last_trade_id: int
    sent: int


class StoredMarket(msgspec.Struct, frozen=True):
    """What `raw_trades` holds of a market: its rows, and the ids that occur in them."""

    exchange: str
    symbol: str
    rows: int
    ids: Ranges


class AlertKey(msgspec.Struct, frozen=True, order=True):
    """What makes an alert the one that an injected event must raise."""

    alert_type: str
    exchange: str
    symbol: str
    first_trade_id: int
    last_trade_id: int

    def __str__(self) -> str:
        return f"{self.alert_type} in {self.exchange}:{self.symbol}, trades {self.first_trade_id}–{self.last_trade_id}"


class RaisedAlert(msgspec.Struct, frozen=True):
    """An alert on the bus. `latency_ms`: from the last of its trades to its arrival; None when that is not known."""

    alert_id: str
    key: AlertKey
    usd: float
    latency_ms: float | None


class LandedAlert(msgspec.Struct, frozen=True):
    """A row of `anomaly_alerts`."""

    alert_id: str
    key: AlertKey


class TableState(msgspec.Struct, frozen=True):
    """Rows of `raw_trades` and `anomaly_alerts`."""

    trades: int = 0
    alerts: int = 0


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `injected` is None where nobody knows the truth: in a replay, and on the real exchanges."""

    sent: tuple[SentMarket, ...]
    stored: tuple[StoredMarket, ...]
    rejected: int
    raised: tuple[RaisedAlert, ...]
    landed: tuple[LandedAlert, ...]
    injected: tuple[AlertKey, ...] | None
    unread: tuple[str, ...] = ()
