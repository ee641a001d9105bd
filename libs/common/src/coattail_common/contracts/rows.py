"""The rows of the modules' own tables, a struct each. `coattail_common.tables` says which module and table each belongs to."""

import msgspec

from coattail_common.contracts._fields import Decimal38, Int32, Micros, Symbol


class WhaleTrade(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `whale_trades`: a single trade (`kind` is `trade`, `fills` 1) or a sweep. `usd` in US dollars, `quantity` in base units."""

    alert_id: str
    detected_at: Micros
    event_time: Micros
    exchange: str
    symbol: Symbol
    kind: str
    side: str
    severity: str
    first_trade_id: int
    last_trade_id: int
    fills: int
    quantity: Decimal38
    usd: Decimal38


class VolumeAggregate(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `volume_aggregates`: one window of one market, quiet ones too. `volume` and the baseline in base units.

    The baseline and `z_score` are absent where there were too few windows before; `z_score` too where those were all the same.
    `alert_id` names the alert that it raised.
    """

    window_id: str
    detected_at: Micros
    window_start: Micros
    window_end: Micros
    exchange: str
    symbol: Symbol
    trades: Int32
    volume: Decimal38
    quote_volume: Decimal38
    first_trade_id: int | None
    last_trade_id: int | None
    baseline_windows: Int32
    baseline_mean: float | None
    baseline_stddev: float | None
    z_score: float | None
    alert_id: str | None


class ExchangeSpread(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `exchange_spreads`: one window of two markets of the same asset, at two exchanges.

    `vwap` of `symbol` at `exchange` and `other_vwap` of the other, each in its own quote units; `basis_percent` is how much more
    the asset costs in the quote of `symbol` (from `basis_source`, over `basis_symbols` assets), and `spread_percent` what is left
    of the difference without it. `alert_id` names the alert that it raised.
    """

    spread_id: str
    detected_at: Micros
    window_start: Micros
    window_end: Micros
    exchange: str
    symbol: Symbol
    other_exchange: str
    other_symbol: Symbol
    trades: Int32
    other_trades: Int32
    vwap: float
    other_vwap: float
    basis_percent: float
    basis_source: str
    basis_symbols: Int32
    spread_percent: float
    alert_id: str | None
