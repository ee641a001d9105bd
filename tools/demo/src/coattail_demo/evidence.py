"""What a demo is judged by: what was sent and injected, what is in the tables, what came over the bus."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from coattail_common.contracts import MarketTrades
from coattail_common.ids import Ranges, contains, merge
from coattail_demo.features import Features
from coattail_demo.sighting import Sighting


class SentMarket(msgspec.Struct, frozen=True):
    """What an exchange sent of a market: `sent` trades, with ids from `first_trade_id` to `last_trade_id`.

    `first_time` and `last_time` are when those happened (UTC, µs); 0 where nobody says.
    """

    exchange: str
    symbol: str
    first_trade_id: int
    last_trade_id: int
    sent: int
    first_time: int = 0
    last_time: int = 0

    @property
    def name(self) -> str:
        """`exchange:SYMBOL`."""
        return f"{self.exchange}:{self.symbol}"


class StoredMarket(msgspec.Struct, frozen=True):
    """What `raw_trades` holds of a market: its rows, and the ids that occur in them."""

    exchange: str
    symbol: str
    rows: int
    ids: Ranges


class AlertKey(msgspec.Struct, frozen=True, order=True):
    """What makes an alert the one that an injected whale or sweep must raise. `exchange` is empty where there is no single one."""

    alert_type: str
    exchange: str
    symbol: str
    first_trade_id: int
    last_trade_id: int

    @property
    def market(self) -> str:
        """`exchange:SYMBOL`, or the symbol alone."""
        return f"{self.exchange}:{self.symbol}" if self.exchange else self.symbol

    def __str__(self) -> str:
        return f"{self.alert_type} in {self.market}, trades {self.first_trade_id}–{self.last_trade_id}"


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """An injected spike, divergence or depeg. Times UTC, µs; between `full_from` and `full_until` it was at its full size.

    `exchange` is empty and `symbol` a pair of quotes where it was in no single market. `magnitude` is a multiple of the usual
    volume, or percent.
    """

    alert_type: str
    exchange: str
    symbol: str
    began_at: int
    full_from: int
    full_until: int
    ended_at: int
    magnitude: float

    @property
    def market(self) -> str:
        """`exchange:SYMBOL`, or the symbol alone."""
        return f"{self.exchange}:{self.symbol}" if self.exchange else self.symbol

    def __str__(self) -> str:
        size = f"{self.magnitude:g} times" if self.alert_type == "volume_spike" else f"{self.magnitude:+g} %"
        return f"{self.alert_type} in {self.market}, {size}, {clock_time(self.began_at)} to {clock_time(self.ended_at)}"


class RaisedAlert(msgspec.Struct, frozen=True):
    """An alert on the bus.

    `latency_ms`: from the last of its trades, or where it is about a window from the moment the window could close, to its
    arrival; None when that is not known. `usd` is 0 for an alert about a window, and `sighting` None for one about trades.
    """

    alert_id: str
    key: AlertKey
    usd: float
    latency_ms: float | None
    sighting: Sighting | None = None


class LandedAlert(msgspec.Struct, frozen=True):
    """A row of `anomaly_alerts`, and the trades that its lineage names."""

    alert_id: str
    key: AlertKey
    trades: tuple[MarketTrades, ...] = ()


class TableState(msgspec.Struct, frozen=True):
    """Rows of `raw_trades` and `anomaly_alerts`."""

    trades: int = 0
    alerts: int = 0


class SparkState(msgspec.Struct, frozen=True):
    """The attempt of the job run, and whether its application has said that it reads."""

    attempt: int = 1
    ready: bool = True


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What a kept cloud held before this demo: its trades, alerts and refused lines are not this demo's, and must be there at the end.

    `in_stream` are ids that Kinesis had: an earlier demo's Spark may not have come to them, and they land now. `newest_at`:
    when its newest commit of `raw_trades` was made (UTC, µs); 0 where there is none.
    """

    stored: tuple[StoredMarket, ...] = ()
    alert_ids: frozenset[str] = frozenset()
    rejected: int = 0
    newest_at: int = 0
    in_stream: Mapping[tuple[str, str], Ranges] = {}

    @property
    def ids(self) -> Mapping[tuple[str, str], Ranges]:
        """The trades' ids by exchange and symbol."""
        return {(one.exchange, one.symbol): one.ids for one in self.stored}

    @property
    def earlier(self) -> Mapping[tuple[str, str], Ranges]:
        """The ids of every trade of before, landed or not."""
        places = self.ids.keys() | self.in_stream.keys()
        return {place: merge(self.ids.get(place, ()), self.in_stream.get(place, ())) for place in places}

    def has(self, key: AlertKey) -> bool:
        """Whether an alert is about trades of before."""
        ids = self.earlier.get((key.exchange, key.symbol), ())
        return contains(ids, key.last_trade_id)

    @property
    def rows(self) -> TableState:
        """How many rows the tables had."""
        return TableState(trades=sum(one.rows for one in self.stored), alerts=len(self.alert_ids))


NOTHING_KEPT: Final = Kept()


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `injected` (whales and sweeps) and `episodes` are None where nobody knows the truth: in a replay, and on the
    real exchanges. `features` are those that the detectors had.
    `in_stream` are the ids that Kinesis still has, by exchange and symbol; it is looked at where the table lacks some.
    `landed` and `rejected` are without what was `kept` of an earlier demo; `stored` is with it.
    """

    sent: tuple[SentMarket, ...]
    stored: tuple[StoredMarket, ...]
    rejected: int
    raised: tuple[RaisedAlert, ...]
    landed: tuple[LandedAlert, ...]
    injected: tuple[AlertKey, ...] | None
    episodes: tuple[Episode, ...] | None = None
    features: Features = Features()
    unread: tuple[str, ...] = ()
    in_stream: Mapping[tuple[str, str], Ranges] = {}
    kept: Kept = NOTHING_KEPT


def clock_time(at: int) -> str:
    """A time (UTC, µs) as people read it."""
    return f"{datetime.fromtimestamp(at / 1e6, UTC):%H:%M:%S}"
