"""The words every part shares: venue, market, side, trade, injected event and episode.

Numbers are exact integers throughout. Prices and quantities count units of 1e-8 (the finest step any venue
prints); times are microseconds.
"""

from enum import StrEnum

import msgspec

from exchange_simulator.venues import FOLDERS, simulated

UNITS = 10**8
"""Units in one whole price or quantity: both are stored as integers of 1e-8."""


class Venue(StrEnum):
    """An exchange this simulator speaks the protocol of: each has a folder of its name with a `simulated.py` (see `venues.py`)."""

    _ignore_ = ["Members", "folder"]  # noqa: RUF012  (the way that the documentation of enum has)
    # Those that our code names, for the type checker.
    BINANCE = "binance"
    COINBASE = "coinbase"
    KRAKEN = "kraken"
    Members = vars()
    for folder in FOLDERS:
        if folder.upper() not in Members:
            Members[folder.upper()] = folder


class TakerSide(StrEnum):
    """What the aggressor did. Binance and Coinbase print the maker's point of view; only the frames invert it."""

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


class EpisodeKind(StrEnum):
    """What is injected and lasts; named as the alert it must raise."""

    VOLUME_SPIKE = "volume_spike"
    SPREAD_DIVERGENCE = "spread_divergence"
    QUOTE_DEPEG = "quote_depeg"


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
        """The venue's own name on its feed: ``BTCUSDT`` at Binance, ``BTC-USD`` at Coinbase, ``BTC/USD`` at Kraken."""
        return self.symbol.replace("-", simulated(self.exchange).between)

    def __str__(self) -> str:
        return f"{self.exchange}:{self.symbol}"


class Trade(msgspec.Struct, frozen=True, gc=False):
    """One fill, before a venue's frame is made of it.

    ``time_us`` is relative to the start of emission in a generated market and UTC in a recorded one.
    ``sequence`` and the two order numbers exist for Coinbase's frames and mean nothing elsewhere.
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


class InjectedEpisode(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was put into one market, or into all of a quote currency, and lasted.

    All times are UTC microseconds by the exchange's clock. Until ``full_from`` the episode builds up and from
    ``full_until`` it fades; between them it is as large as it gets.

    Attributes:
        alert_type: The alert it must raise.
        exchange: The venue; absent where it is in no single market.
        symbol: The market's; for a depeg the pair of quotes, ``USDT-USD``.
        began_at, ended_at: From the first change to the last, the end exclusive. One that is under way ends now.
        full_from, full_until: While it was at its full size; equal when it never was.
        first_trade_id, last_trade_id: The market's trades meanwhile; absent where there is no single market.
        magnitude: The multiple of the usual volume; or percent, of the price or of what the quote is worth.
    """

    alert_type: EpisodeKind
    exchange: Venue | None
    symbol: str
    began_at: int
    full_from: int
    full_until: int
    ended_at: int
    first_trade_id: int | None
    last_trade_id: int | None
    magnitude: float
