"""The trades a market has had: compact, bounded, and found by id. REST, the truth and latencies read from here."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator

import msgspec

from exchange_simulator.model import Market, TakerSide


class PastTrade(msgspec.Struct, frozen=True, gc=False):
    """A trade as REST prints it: units of 1e-8, UTC µs."""

    trade_id: int
    price: int
    quantity: int
    side: TakerSide
    time_us: int


class History:
    """A ring of the newest trades with contiguous ids: 33 bytes each, at most ``capacity`` of them.

    A trade whose id is not the next one (a recording with a hole) starts the ring again, so that a lookup by id is
    always right. The ring drops the trades before it, like an exchange that keeps only the latest.
    """

    def __init__(self, market: Market, capacity: int) -> None:
        self.market = market
        self._capacity = capacity
        self._clear(0)

    def _clear(self, next_id: int) -> None:
        self._base = next_id
        self._prices, self._quantities = array("q"), array("q")
        self._times, self._sent = array("q"), array("q")
        self._buys = array("b")
        self._next_id = next_id

    def __len__(self) -> int:
        return len(self._prices)

    @property
    def oldest_id(self) -> int:
        """Id of the oldest trade still known; meaningful when there is one."""
        return self._next_id - len(self)

    @property
    def newest_id(self) -> int:
        """Id of the newest trade; meaningful when there is one."""
        return self._next_id - 1

    def append(self, trade: PastTrade, sent_us: int) -> None:
        """Add the next trade, emitted at a wall time."""
        if trade.trade_id != self._next_id:
            self._clear(trade.trade_id)
        self._next_id += 1
        # A negative time says: emitted, and not yet written to a socket.
        row = (trade.price, trade.quantity, trade.time_us, -sent_us, trade.side is TakerSide.BUY)
        columns = (self._prices, self._quantities, self._times, self._sent, self._buys)
        if len(self) < self._capacity:
            for column, value in zip(columns, row, strict=True):
                column.append(value)
        else:
            slot = self._at(trade.trade_id)
            for column, value in zip(columns, row, strict=True):
                column[slot] = value

    def mark_written(self, trade_id: int, now_us: int) -> None:
        """Note when a trade was first written to a socket. A trade no longer known is ignored."""
        slot = self._slot(trade_id)
        if slot is not None and self._sent[slot] < 0:
            self._sent[slot] = now_us

    def sent_at(self, trade_id: int) -> int | None:
        """Wall time (UTC µs) at which a trade was first written to a socket, or emitted while nobody listened."""
        slot = self._slot(trade_id)
        return None if slot is None else abs(self._sent[slot])

    def between(self, first_id: int, last_id: int) -> Iterator[PastTrade]:
        """The known trades with ids from first to last (inclusive), oldest first."""
        for trade_id in range(max(first_id, self.oldest_id), min(last_id, self.newest_id) + 1):
            slot = self._slot(trade_id)
            if slot is not None:
                side = TakerSide.BUY if self._buys[slot] else TakerSide.SELL
                yield PastTrade(trade_id, self._prices[slot], self._quantities[slot], side, self._times[slot])

    def first_after(self, time_us: int) -> int:
        """Id of the oldest known trade that happened after a time; the next id, where there is none yet."""
        known = range(self.oldest_id, self._next_id)
        return known.start + bisect_right(known, time_us, key=lambda trade_id: self._times[self._at(trade_id)])

    def _at(self, trade_id: int) -> int:
        return (trade_id - self._base) % self._capacity

    def _slot(self, trade_id: int) -> int | None:
        if not self.oldest_id <= trade_id < self._next_id:
            return None
        return self._at(trade_id)
