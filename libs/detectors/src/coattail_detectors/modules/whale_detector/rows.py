"""The table of MOD-002, and its rows."""

from typing import Final

import msgspec

from coattail_common.contracts import Decimal38, Micros, Symbol
from coattail_common.tables import Table


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


WHALE_TRADES: Final = Table("whale_trades", WhaleTrade, ("days(detected_at)", "symbol"))
