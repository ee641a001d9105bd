"""The trade: one fill as an exchange reported it."""

from enum import StrEnum
from typing import Final

import msgspec

from coattail_common.contracts._fields import Decimal38, Int32, Micros, Symbol

SCHEMA_VERSION: Final = 1


class Side(StrEnum):
    """What the taker, the aggressor of the trade, did."""

    BUY = "buy"
    SELL = "sell"


class Origin(StrEnum):
    """How the trade reached us."""

    STREAM = "stream"
    BACKFILL = "backfill"


class Trade(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One trade of one market, normalised. Encoded as a line of JSON on the stream (`coattail_common.lines`).

    `price` is in quote units per base unit, `quantity` in base units and `quote_volume`, their exact product, in quote
    units. `timestamp` is the exchange's time of the trade, `ingestion_timestamp` the moment the connector received it.
    """

    event_id: str
    exchange: str
    symbol: Symbol
    base: str
    quote: str
    trade_id: int
    price: Decimal38
    quantity: Decimal38
    quote_volume: Decimal38
    side: Side
    timestamp: Micros
    ingestion_timestamp: Micros
    origin: Origin
    schema_version: Int32 = SCHEMA_VERSION


def event_id(exchange: str, symbol: str, trade_id: int) -> str:
    """The trade's identity, the same each time it is seen: `binance:BTC-USDT:3735683259`."""
    return f"{exchange}:{symbol}:{trade_id}"
