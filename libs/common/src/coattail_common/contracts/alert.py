"""The alert: something a detector saw, and the trades it saw it in."""

from enum import StrEnum
from typing import ClassVar, Self

import msgspec

from coattail_common.contracts._fields import Decimal38, Int32, Micros, Symbol
from coattail_common.contracts.trade import Side


class Severity(StrEnum):
    """How much it matters: `low < medium < high < critical`."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for `low` to 3 for `critical`."""
        return list(Severity).index(self)


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What is particular to one alert type. A subclass fixes the fields of the type it names."""

    alert_type: ClassVar[str]


class WhaleTradeDetails(Details, frozen=True, kw_only=True):
    """One fill above a threshold. Amounts: `usd` and `threshold_usd` in US dollars, `price` in quote units."""

    alert_type: ClassVar[str] = "whale_trade"

    side: Side
    trade_id: int
    price: Decimal38
    quantity: Decimal38
    usd: Decimal38
    threshold_usd: Decimal38


class WhaleSweepDetails(Details, frozen=True, kw_only=True):
    """One taker order that filled several times: consecutive trade ids of one side in one millisecond."""

    alert_type: ClassVar[str] = "whale_sweep"

    side: Side
    first_trade_id: int
    last_trade_id: int
    fills: Int32
    quantity: Decimal38
    usd: Decimal38
    threshold_usd: Decimal38


class StddevSource(StrEnum):
    """Which standard deviation a verdict used."""

    MEASURED = "measured"
    """That of the windows before."""
    LEAST = "least"
    """A share of their mean, because the measured one is smaller: the windows before were nearly the same."""


class VolumeSpikeDetails(Details, frozen=True, kw_only=True):
    """A window whose volume is far from those before it. `z_score` is (volume − mean) / `stddev_used` over `baseline_windows`
    windows before it, itself excluded; volumes, mean and stddev in base units, `quote_volume` in quote units. `baseline_stddev` is
    the measured one; alerts from before there was a least one carry neither `stddev_used`, which it then is, nor its source.
    """

    alert_type: ClassVar[str] = "volume_spike"

    window_start: Micros
    window_end: Micros
    volume: Decimal38
    quote_volume: Decimal38
    trades: Int32
    baseline_mean: float
    baseline_stddev: float
    baseline_windows: Int32
    z_score: float
    threshold: float
    stddev_used: float | msgspec.UnsetType = msgspec.UNSET
    stddev_source: StddevSource | msgspec.UnsetType = msgspec.UNSET


class BasisSource(StrEnum):
    """Where the quote basis of a comparison comes from."""

    SAME = "same"
    """Both markets have the same quote currency: there is none to remove."""
    ESTIMATED = "estimated"
    """The median over the symbols that both venues trade."""
    ASSUMED = "assumed"
    """Zero, because both venues trade too few symbols to tell a basis from a divergence."""


class SpreadDivergenceDetails(Details, frozen=True, kw_only=True):
    """The same asset at two prices. The alert's market is the one, `other_exchange` and `other_symbol` the other.

    `spread_percent` is (vwap − other_vwap) / other_vwap × 100 after the quote basis (`basis_percent`, of the alert's quote
    over the other) is removed from `vwap`. Prices in each market's quote units, as traded.
    """

    alert_type: ClassVar[str] = "spread_divergence"

    window_start: Micros
    window_end: Micros
    other_exchange: str
    other_symbol: Symbol
    vwap: float
    other_vwap: float
    basis_percent: float
    basis_source: BasisSource
    spread_percent: float
    threshold_percent: float


class QuoteDepegDetails(Details, frozen=True, kw_only=True):
    """Two quote currencies that count as the same have come apart: one costs `basis_percent` more than parity with the other.

    The alert's symbol is the pair of quotes (`USDT-USD`): how many of its quote a unit of its base is worth, minus one, in
    percent, over `symbols` assets that both venues trade.
    """

    alert_type: ClassVar[str] = "quote_depeg"

    window_start: Micros
    window_end: Micros
    basis_percent: float
    symbols: Int32
    threshold_percent: float


class MarketTrades(msgspec.Struct, frozen=True, kw_only=True):
    """Trades of one market: those of its ids `first_trade_id` to `last_trade_id` that lie in the alert's window."""

    exchange: str
    symbol: Symbol
    first_trade_id: int
    last_trade_id: int
    trade_count: Int32


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """From an alert back to its trades, and to the code and configuration that raised it.

    The trades are `first_trade_id` to `last_trade_id` of the alert's market, `trade_count` of them; `snapshot_id` is that
    of `raw_trades` where the alert was computed from the table, and absent where it was raised before the commit. An alert
    that rests on several markets names each of them in `markets`; the first is then the one that the plain fields describe.
    """

    correlation_id: str
    module_id: str
    detector: str
    config_hash: str
    pipeline_version: str
    processed_at: Micros
    first_trade_id: int
    last_trade_id: int
    trade_count: Int32
    snapshot_id: int | None = None
    markets: tuple[MarketTrades, ...] | msgspec.UnsetType = msgspec.UNSET


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """What travels on the bus as `alert.raised` and rests in `anomaly_alerts`.

    `alert_id` is deterministic: the bus is at least once, and consumers tell repeats by it. `details` is JSON whose fields
    are fixed by `alert_type`; `alert_type` itself is open, so that a new module needs no new schema.
    """

    alert_id: str
    alert_type: str
    module_id: str
    symbol: Symbol
    severity: Severity
    detected_at: Micros
    event_time: Micros
    message: str
    details: msgspec.Raw
    lineage: Lineage
    exchange: str | None = None
    schema_version: Int32 = 1

    def details_as[T: Details](self, details: type[T]) -> T:
        """The details as their own type. Raises `msgspec.ValidationError` when they are another type's."""
        if self.alert_type != details.alert_type:
            message = f"alert {self.alert_id} is a {self.alert_type}, not a {details.alert_type}"
            raise msgspec.ValidationError(message)
        return msgspec.json.decode(self.details, type=details)

    @classmethod
    def with_details(cls, details: Details, **fields: object) -> Self:
        """An alert of the details' type, carrying them."""
        raw = msgspec.Raw(msgspec.json.encode(details))
        return cls(alert_type=details.alert_type, details=raw, **fields)  # type: ignore[arg-type]
