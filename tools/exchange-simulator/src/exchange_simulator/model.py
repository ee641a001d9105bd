"""The words every part shares: venue, market, side, trade, injected event.

Numbers are exact integers throughout. Prices and quantities count units of 1e-8 (the finest step either venue
prints); times are microseconds.
"""

from enum import StrEnum

import msgspec

UNITS = 10**8
"""Units in one whole price or quantity: both are stored as integers of 1e-8."""


class Venue(StrEnum):
    """An exchange this simulator speaks the protocol of."""

    BINANCE = "binance"
    COINBASE = "coinbase"


class TakerSide(StrEnum):
    """What the aggressor did. Both venues print the maker's point of view; only the frames invert it."""

    BUY = "buy"
    SELL = "sell"

    @property
    def maker(self) -> str:
        """The side of the order that rested in the book, as Coinbase prints it."""
        return "sell" if self is TakerSide.BUY else "buy"


class EventKind(StrEnum):
    """What is injected on purpose; named as the alert it must raise."""

    WHALE_TRADE = "whale_trade"
    WHALE_SWEEP = "whale_sweep"


class Market(msgspec.Struct, frozen=True, order=True):
    """One instrument at one venue, under the name Coat Tail gives it (``BASE-QUOTE``)."""

    exchange: Venue
    symbol: str

    @property
    def base(self) -> str:
        """The asset that is traded."""
        return self.symbol.partition("-")[0]

    @property
    def quote(self) -> str:
        """The asset it is priced in."""
        return self.symbol.partition("-")[2]

    @property
    def native(self) -> str:
        """The venue's own name: ``BTCUSDT`` at Binance, ``BTC-USD`` at Coinbase."""
        return self.symbol.replace("-", "") if self.exchange is Venue.BINANCE else self.symbol

    def __str__(self) -> str:
        return f"{self.exchange}:{self.symbol}"


class Trade(msgspec.Struct, frozen=True, gc=False):
    """One fill, before a venue's frame is made of it.

    ``time_us`` is relative to the start of emission in a generated market and UTC in a recorded one.
    ``sequence`` and the two order numbers exist for Coinbase's frames and are 0 at Binance.
    """

    trade_id: int
    price: int
    quantity: int
    side: TakerSide
    time_us: int
    sequence: int = 0
    maker_order: int = 0
    taker_order: int = 0


class InjectedEvent(msgspec.Struct, frozen=True):
    """A whale or a sweep that was put into a market, and all a detector must find about it.

    ``trade_time`` has the unit of ``Trade.time_us``; ``usd`` is the exact notional in the quote currency.
    """

    kind: EventKind
    market: Market
    side: TakerSide
    first_trade_id: int
    last_trade_id: int
    fills: int
    usd: str
    trade_time: int
