"""Whether every trade of a market came: an exchange numbers them one after the other."""

from typing import Final

import msgspec

RENUMBERED_BEYOND: Final = 1_000_000
"""An id this far behind the cursor is no late trade: the numbering began anew, or the cursor had followed a wrong
number.
"""


class Gap(msgspec.Struct, frozen=True):
    """Trades `first` to `last` of a market were not received."""

    symbol: str
    first: int
    last: int

    @property
    def count(self) -> int:
        """How many trades that is."""
        return self.last - self.first + 1


class Continuity:
    """The latest trade id of each market, and what is missing before it.

    It observes and stops nothing: a trade that repeats an earlier one, or comes late, is passed on and only counted.
    """

    def __init__(self) -> None:
        self.repeated = 0
        self.renumbered = 0
        self._cursors: dict[str, int] = {}

    def cursor(self, symbol: str) -> int | None:
        """The latest id of the market, `None` before its first."""
        return self._cursors.get(symbol)

    def trade(self, symbol: str, trade_id: int) -> Gap | None:
        """A trade came. Returns what is missing between it and the one before."""
        cursor = self._cursors.get(symbol)
        if cursor is None or trade_id == cursor + 1:
            self._cursors[symbol] = trade_id
            return None
        if trade_id <= cursor:
            self._behind(symbol, trade_id, cursor)
            return None
        self._cursors[symbol] = trade_id
        return Gap(symbol, cursor + 1, trade_id - 1)

    def latest(self, symbol: str, trade_id: int) -> Gap | None:
        """The exchange says that `trade_id` is the latest. Returns what did not come up to it, that trade included.

        Before a market's first trade this only sets the cursor.
        """
        cursor = self._cursors.get(symbol)
        if cursor is None:
            self._cursors[symbol] = trade_id
            return None
        if trade_id <= cursor:
            return None
        self._cursors[symbol] = trade_id
        return Gap(symbol, cursor + 1, trade_id)

    def _behind(self, symbol: str, trade_id: int, cursor: int) -> None:
        if cursor - trade_id < RENUMBERED_BEYOND:
            self.repeated += 1
            return
        self.renumbered += 1
        self._cursors[symbol] = trade_id
