"""One trade, as samples of an exchange's frames and answers are made of it."""

from collections.abc import Iterator
from typing import Final

from exchange_simulator.history import PastTrade
from exchange_simulator.model import Market, TakerSide, Trade, Venue
from exchange_simulator.source import Emission
from exchange_simulator.venues import Samples, simulated

AT: Final = 1_767_225_599_123_456
"""When it happened, UTC µs."""
_PRICE: Final = 6_183_763_000_000
_QUANTITY: Final = 2_000_000


def samples(venue: Venue, symbol: str, first_id: int) -> Samples:
    """Return what a venue may say about a market, and of its past trades from ``first_id`` on."""
    return simulated(venue).samples(symbol, first_id)


def emission(venue: Venue, symbol: str, side: TakerSide) -> Emission:
    """Return the trade as it is sent."""
    trade = Trade(3_735_683_259, _PRICE, _QUANTITY, side, AT, sequence=7, maker_order=1, taker_order=2)
    return Emission(Market(venue, symbol), trade, AT)


def past(first_id: int) -> list[PastTrade]:
    """Return four trades of the past."""
    return [PastTrade(number, _PRICE, _QUANTITY, TakerSide.BUY, AT) for number in range(first_id, first_id + 4)]


def pages(first_id: int) -> Iterator[list[PastTrade]]:
    """Return a page of them, one with a single trade, and one without any."""
    yield from (past(first_id), past(first_id)[:1], [])
