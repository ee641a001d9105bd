"""The rows of the modules' own tables, a struct each. `coattail_common.tables` says which module and table each belongs to."""

import msgspec

from coattail_common.contracts._fields import Decimal38, Micros, Symbol


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
