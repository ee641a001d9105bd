"""What a replay has landed: the table that only a replay has, and the account of it."""

from typing import Final

import msgspec

from coattail_common.contracts import Trade
from coattail_common.tables import RAW_TRADES, Table

TradeWithoutSide: Final = msgspec.defstruct(
    "TradeWithoutSide",
    [(field.name, field.type) for field in msgspec.structs.fields(Trade) if field.name != "side"],
    module=__name__,
    frozen=True,
    kw_only=True,
)
"""A trade of a file that does not say what the taker did, since a trade of the contract has a side."""

TRADES_WITHOUT_SIDE: Final = Table("trades_without_side", TradeWithoutSide, RAW_TRADES.partitioned_by, key="event_id")
"""Where such trades lie. Only a replay has this table."""


class LandedMarket(msgspec.Struct, frozen=True):
    """A market's trades in the table, and when the first and the last of them happened (UTC, µs)."""

    exchange: str
    symbol: str
    trades: int
    first: int
    last: int


class Account(msgspec.Struct, frozen=True):
    """The markets that have trades, by their names, how many of the trades have no side, and how many rows each rule refused."""

    markets: tuple[LandedMarket, ...]
    without_side: int
    refused: dict[str, int]
