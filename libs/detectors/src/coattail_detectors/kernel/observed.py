"""What a detector is shown of a batch: bars, and the fills worth a look. Each part of the application that fills them makes these."""

from decimal import Decimal
from typing import Final

import msgspec

from coattail_common.ids import Market

AHEAD_MICROS: Final = 10_000_000
"""How far a trade's time may be ahead of its arrival and still say what time it is: one that claims to be of tomorrow must not end
today's windows."""
SUM_DIGITS: Final = 12
"""Of an addend of a bar's sums, the digits behind the twelfth are rounded away, halves up; so the sum does not depend on the order."""
LARGEST_SUM: Final = Decimal("9" * 26)
"""What stands for a sum that is larger: it has no room in `decimal(38,12)`."""


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """What a market traded from `start` (UTC, µs) for the width of a bar.

    `volume` in base units, `amount` in quote units; `newest` is the time that its trades say it is (UTC, µs).
    """

    market: Market
    start: int
    trades: int
    volume: Decimal
    amount: Decimal
    first_trade_id: int
    last_trade_id: int
    newest: int


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """One trade, exact. `timestamp` in µs, `price` and `amount` in quote units, `quantity` in base units."""

    trade_id: int
    side: str
    timestamp: int
    price: Decimal
    quantity: Decimal
    amount: Decimal


class MarketFills(msgspec.Struct, frozen=True):
    """The fills of one market that are worth a look, by ascending id and each once; `quote` is its quote currency."""

    market: Market
    quote: str
    fills: tuple[Fill, ...]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the detectors want to see: fills of bursts of at least `floor` US dollars by the `rates` of their quotes, and bars of
    `bar` µs. None: none."""

    floor: Decimal | None
    rates: dict[str, Decimal]
    bar: int | None
