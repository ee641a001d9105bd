"""The table of MOD-003, and its rows."""

from typing import Final

import msgspec

from coattail_common.contracts import Int32, Micros, Symbol
from coattail_common.tables import Table


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


EXCHANGE_SPREADS: Final = Table("exchange_spreads", ExchangeSpread, ("days(window_start)", "symbol"), key="spread_id")
