"""The look: what detection needs to know of a batch, in a few KB. Looks of the parts of a batch are put together by whoever reads them."""

import msgspec


class MarketName(msgspec.Struct, frozen=True, order=True, array_like=True):
    """A market and its two currencies. Elsewhere in a look, a market is its index among the look's `markets`."""

    exchange: str
    symbol: str
    base: str
    quote: str


class Run(msgspec.Struct, frozen=True, array_like=True):
    """Trade ids from `first` to `last` that came one after the other."""

    market: int
    first: int
    last: int


class SideSum(msgspec.Struct, frozen=True, array_like=True):
    """Trades added up: their number, and what they come to in base units and in quote units, as text × 10⁻¹² (so that any size travels).

    Of each addend, the digits behind the twelfth are rounded half up; so a sum does not depend on the order.
    """

    trades: int
    volume: str
    amount: str


class BarSum(msgspec.Struct, frozen=True, array_like=True):
    """What a market traded from `start` (UTC, µs) for the width of a bar, repeats counted again.

    `open` and `close` are the prices of the lowest and the highest id, `high` and `low` the extremes, all as text × 10⁻¹⁸;
    `newest` is the latest time that
    the trades say it is (UTC, µs), where one that is far ahead of its receipt says no more than that.
    """

    market: int
    start: int
    all: SideSum
    buys: SideSum
    open: str
    high: str
    low: str
    close: str
    first_trade_id: int
    last_trade_id: int
    newest: int


class FillRow(msgspec.Struct, frozen=True, array_like=True):
    """One trade that is worth a look, exact: price, quantity and quote volume with the digits that its line had, the time in µs (UTC)."""

    market: int
    trade_id: int
    is_sell: bool
    timestamp: int
    price: str
    quantity: str
    amount: str


class Arrival(msgspec.Struct, frozen=True, array_like=True):
    """A market's trades in one shard: the latest time that they say it is (UTC, µs), where one that is far ahead of its arrival
    says no more than that,
    and the least time (µs) from the connector's receipt to the arrival."""

    market: int
    shard_id: str
    time: int
    delay: int


class Marks(msgspec.Struct, frozen=True, array_like=True):
    """A market's marks, eight bytes each, little-endian: which bucket of ids they lie in, their places in it and their contents."""

    market: int
    bucket: int
    marks: bytes


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """See the module. `lines` are valid trades by market, repeats counted again; `refused` are lines by the rule that refused them."""

    markets: tuple[MarketName, ...] = ()
    lines: tuple[int, ...] = ()
    runs: tuple[Run, ...] = ()
    bars: tuple[BarSum, ...] = ()
    fills: tuple[FillRow, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    marks: tuple[Marks, ...] = ()
    refused: dict[str, int] = {}
