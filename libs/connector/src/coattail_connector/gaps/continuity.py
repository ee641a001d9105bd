"""Whether every trade of every market came, and what is to be done when one did not.

An exchange numbers a market's trades one after the other. Pure: no clock and no I/O; times are seconds of one clock
that never goes back.
"""

from collections.abc import Iterable, Iterator

from coattail_common.lines import TradeLine
from coattail_connector.gaps.holes import Gap, Hole, cut
from coattail_connector.gaps.numbering import NO_FILLING, Filling, Numbering, Verdict


class Continuity:
    """The numberings of all markets. Each trade is released once and in the order of its id, or a gap tells of it.

    What is held back for a gap is bounded in number and time (`Filling`); beyond that trades pass, and those of the gap
    come after them. The memory of it is bounded too.
    """

    def __init__(self, filling: Filling = NO_FILLING) -> None:
        self._filling = filling
        self._markets: dict[str, Numbering] = {}
        self._left: set[str] = set()

    def newest(self, symbol: str) -> int | None:
        """The highest id of the market that is known of, `None` before its first."""
        market = self._markets.get(symbol)
        return None if market is None else market.newest

    @property
    def held(self) -> int:
        """How many trades are held back."""
        return sum(market.held for market in self._markets.values())

    @property
    def missing(self) -> int:
        """How many trades are missing that are still to be filled."""
        return sum(part.last - part.first + 1 for _, hole in self._holes() for part in hole.missing)

    def resume(self, symbol: str, trade_id: int) -> None:
        """Everything of the market up to `trade_id` was brought in by an earlier process, or another one.

        A market of which more is known, or some is missing, goes on from there instead.
        """
        known = self._markets.get(symbol)
        if known is None or (not known.holes and (known.newest is None or known.newest < trade_id)):
            self._markets[symbol] = fresh = Numbering(symbol, self._filling)
            fresh.resume(trade_id)

    def leave(self, symbols: Iterable[str]) -> None:
        """These are no longer followed. What is missing of them is still fetched, and they may be followed again."""
        self._left.update(symbols)

    def stay(self, symbols: Iterable[str]) -> None:
        """These are followed again, from where they were. Others that were left, and are whole, are forgotten."""
        self._left.difference_update(symbols)
        for symbol in [
            symbol for symbol in self._left if symbol not in self._markets or not self._markets[symbol].holes
        ]:
            self._left.discard(symbol)
            self._markets.pop(symbol, None)

    def follows(self, trade: TradeLine) -> bool:
        """Whether the trade is simply the market's next: it may be handed on at once, and the market has moved on.

        If not, nothing has changed, and `trade` says what to do.
        """
        number = trade.trade_id
        try:
            market = self._markets[trade.market.symbol]
        except KeyError:
            return False
        if number - market.last != 1:
            return False
        market.last = number
        market.time = trade.timestamp
        return True

    def trade(self, trade: TradeLine, now: float) -> Verdict:
        """A trade came that does not simply follow."""
        return self._market(trade.market.symbol).trade(trade, now)

    def latest(self, symbol: str, trade_id: int, now: float) -> Verdict:
        """The exchange says that `trade_id` is the market's latest, which is not news itself.

        Before a market's first trade the numbering begins after it.
        """
        return self._market(symbol).latest(trade_id, now)

    def wanted(self, now: float, most: int) -> Gap | None:
        """What to ask the exchange for, at most `most` ids: of the gap that has been open longest, and is due.

        Other gaps of the market that lie within reach are part of it.
        """
        due = [(hole.opened_at, symbol, hole) for symbol, hole in self._holes() if hole.due_at <= now]
        if not due:
            return None
        _, symbol, hole = min(due, key=lambda candidate: candidate[0])
        first = hole.missing[0].first
        reach = [part.last for one in self._markets[symbol].holes for part in cut(one.missing, first, first + most - 1)]
        return Gap(symbol, first, max(reach))

    def due_at(self) -> float | None:
        """When the next gap is to be asked for; `None` while none is open."""
        return min((hole.due_at for _, hole in self._holes()), default=None)

    def fetched(self, asked: Gap, trades: Iterable[TradeLine], now: float) -> Verdict:
        """The exchange was asked for `asked`, and gave these trades of it."""
        return self._market(asked.symbol).fetched(asked.first, asked.last, trades, now)

    def put_off(self, asked: Gap, now: float) -> None:
        """The exchange gave no answer: before `asked` is asked for once more, others are, so that they do not wait for it."""
        self._market(asked.symbol).put_off(asked.first, asked.last, now)

    def give_up(self, asked: Gap) -> Verdict:
        """The exchange will never give what is missing of `asked`."""
        return self._market(asked.symbol).give_up(asked.first, asked.last)

    def deadline(self) -> float | None:
        """Until when the first of the held trades may be held; `None` while none are."""
        return min((at for market in self._markets.values() if (at := market.deadline) is not None), default=None)

    def expire(self, now: float) -> list[Verdict]:
        """Let the trades pass that have been held for long enough."""
        return [market.expire(now) for market in self._markets.values()]

    def end(self) -> list[Verdict]:
        """Nothing more will come: what is held is released, and what is missing is lost."""
        return [market.end() for market in self._markets.values()]

    def _market(self, symbol: str) -> Numbering:
        market = self._markets.get(symbol)
        if market is None:
            market = self._markets[symbol] = Numbering(symbol, self._filling)
        return market

    def _holes(self) -> Iterator[tuple[str, Hole]]:
        return ((symbol, hole) for symbol, market in self._markets.items() for hole in market.holes)
