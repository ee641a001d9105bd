"""The trade ids of one market: what follows, what is missing, what waits for it, what came before.

Pure: no clock and no I/O. Times are seconds of one clock that never goes back; only their differences count.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable
from typing import Final

import msgspec

from coattail_common.lines import TradeLine
from coattail_connector.gaps.holes import Gap, Hole, cut, hole_with

RENUMBERED_BEYOND: Final = 1_000_000
"""An id this far behind the newest is no late trade: the ids restarted, or a wrong number had been followed."""

FAR_AHEAD: Final = 1_000_000
"""An id this far ahead of the newest is followed when another says the same: with one wrong number the cursor would be lost."""

NEAR: Final = 1_000
"""Two such trades, the second at most so many ids after the first, make it certain: one may be a single wrong frame."""

RENUMBERED_AFTER: Final = 60_000_000
"""µs. A trade that is this much younger than the newest, and has an id from before it, is not a repeated one."""

REMEMBERED_GAPS: Final = 1_000
"""Gaps of a market that were given up and whose late trades are still told from repeated ones."""

_HELD_BACK: Final = -(2**70)


class Filling(msgspec.Struct, frozen=True, kw_only=True):
    """How gaps are filled. With `most` 0 they are not: each is lost at once.

    `most` trades of a gap are filled, its newest. Later trades of the market wait for them, but no longer than
    `hold_seconds` and not more than `hold_trades` of them. A gap is asked for after `patience` seconds, in which trades
    that are merely late may come; ids that the exchange does not have are asked for `tries` times, again after
    `retry_seconds` and each time after twice as long. A market has at most `gaps` open.
    """

    most: int = 200_000
    hold_trades: int = 2_000
    hold_seconds: float = 5
    patience: float = 0.1
    tries: int = 6
    retry_seconds: float = 1
    gaps: int = 10_000


NO_FILLING: Final = Filling(most=0)


class Verdict(msgspec.Struct):
    """What is to be done over what came: start the market's cursor, tell of gaps, hand on trades."""

    symbol: str
    release: list[TradeLine] = msgspec.field(default_factory=list)
    """To be handed on, in this order."""
    began: int | None = None
    """The numbering begins after this id: what is up to it is nobody's concern."""
    renumbered: bool = False
    """It began again in the middle of things."""
    opened: list[Gap] = msgspec.field(default_factory=list)
    """Missing, and to be filled."""
    filled: list[Gap] = msgspec.field(default_factory=list)
    """Whole now, by trades that were fetched."""
    lost: list[Gap] = msgspec.field(default_factory=list)
    """Missing for good."""
    far: int | None = None
    """An id that is too far ahead to be followed yet."""
    fetched: int = 0
    late: int = 0
    repeated: int = 0


class Numbering:
    """The ids of one market. While gaps are open it either holds later trades back, or lets them pass."""

    def __init__(self, symbol: str, filling: Filling) -> None:
        self.symbol = symbol
        self.last = _HELD_BACK
        """The trade after this id may be handed on without more ado. There is none while trades are held back."""
        self.time = 0
        """The exchange's time (UTC µs) of the newest trade; 0 before the first."""
        self.holes: list[Hole] = []
        self._filling = filling
        self._newest: int | None = None
        self._floor = 0
        self._resumed: int | None = None
        self._held: list[TradeLine] = []
        self._passing = False
        self._suspect: TradeLine | None = None
        self._far: int | None = None
        self._lost: deque[Hole] = deque(maxlen=REMEMBERED_GAPS)

    @property
    def newest(self) -> int | None:
        """The highest id that is known of; `None` before the first."""
        return self._newest if self.last == _HELD_BACK else self.last

    @property
    def held(self) -> int:
        """How many trades are held back."""
        return len(self._held)

    @property
    def deadline(self) -> float | None:
        """Until when trades are held back; `None` while there is nothing to wait for."""
        return self.holes[0].opened_at + self._filling.hold_seconds if self.holes and not self._passing else None

    def resume(self, trade_id: int) -> None:
        """Everything up to `trade_id` was brought in by an earlier process. Only before anything else."""
        self._resumed = self.last = trade_id

    def trade(self, trade: TradeLine, now: float) -> Verdict:
        """A trade came that is not simply the next."""
        verdict = Verdict(self.symbol)
        newest, number = self.newest, trade.trade_id
        if newest is None:
            self._begin(trade, verdict)
        elif number > newest:
            if self._believed(number, newest, 1, verdict):
                self._open(newest + 1, number - 1, now, verdict)
                self._move_to(number, trade.timestamp)
                self._hand_on(trade, verdict)
                self._bound(verdict)
        elif (hole := hole_with(self.holes, number)) and hole.take(number):
            verdict.late += 1
            self._hand_on(trade, verdict)
            self._settle(verdict)
        elif newest - number < RENUMBERED_BEYOND and any(gap.take(number) for gap in self._lost):
            verdict.late += 1
            self.time = max(self.time, trade.timestamp)
            verdict.release.append(trade)
        elif self._of_another_numbering(trade, newest):
            self._suspect_or_restart(trade, now, verdict)
        elif newest == self._resumed:  # somebody who shares the cursor is ahead of us
            self._floor, self._resumed = number, None
            self.last, self.time = number, trade.timestamp
            verdict.release.append(trade)
        elif number < self._floor:
            verdict.late += 1
            self._lower_floor(number)
            verdict.release.append(trade)
        else:
            verdict.repeated += 1
        return verdict

    def latest(self, trade_id: int, now: float) -> Verdict:
        """The exchange says that `trade_id` is the latest. Before a market's first trade the numbering begins there.

        An id below 1 says nothing: an exchange that has not looked yet says 0, of a market with a thousand million trades too.
        """
        verdict = Verdict(self.symbol)
        if trade_id < 1:
            return verdict
        newest = self.newest
        if newest is None:
            self._floor, self.last = trade_id + 1, trade_id
            verdict.began = trade_id
        elif trade_id > newest and self._believed(trade_id, newest, 0, verdict):
            self._open(newest + 1, trade_id, now, verdict)
            self._move_to(trade_id, self.time)
        return verdict

    def fetched(self, first: int, last: int, trades: Iterable[TradeLine], now: float) -> Verdict:
        """The exchange was asked for the ids from `first` to `last`, and gave these."""
        verdict = Verdict(self.symbol)
        for trade in trades:
            hole = hole_with(self.holes, trade.trade_id)
            if hole is not None and hole.take(trade.trade_id):
                hole.fetched += 1
                hole.tries = 0
                verdict.fetched += 1
                self._hand_on(trade, verdict)
        for hole in self.holes:
            # One that was within reach of an older one, and not due itself, has its own tries all the same.
            if hole.due_at <= now and hole.first <= last and any(cut(hole.missing, first, last)):
                hole.due_at = now + self._filling.retry_seconds * 2**hole.tries
                hole.tries += 1
                if hole.tries >= self._filling.tries:
                    # What follows is probably gone too: it is asked for once, until some of it comes.
                    hole.tries, hole.due_at = self._filling.tries - 1, now
                    self._lose(hole, first, last, verdict)
        self._settle(verdict)
        return verdict

    def put_off(self, first: int, last: int, now: float) -> None:
        """The exchange was asked for the ids from `first` to `last`, and gave no answer."""
        for hole in self.holes:
            if any(cut(hole.missing, first, last)):
                hole.due_at = max(hole.due_at, now + self._filling.retry_seconds)

    def give_up(self, first: int, last: int) -> Verdict:
        """The ids from `first` to `last` that are missing will not come."""
        verdict = Verdict(self.symbol)
        for hole in self.holes:
            self._lose(hole, first, last, verdict)
        self._settle(verdict)
        return verdict

    def expire(self, now: float) -> Verdict:
        """Let held trades pass when they have waited long enough."""
        verdict = Verdict(self.symbol)
        deadline = self.deadline
        if deadline is not None and deadline <= now:
            self._let_pass(verdict)
        return verdict

    def end(self) -> Verdict:
        """Nothing more will come: what is held is released, and what is missing is lost."""
        verdict = Verdict(self.symbol)
        self._lose_all(verdict)
        if self._suspect is not None:
            verdict.release.append(self._suspect)
        return verdict

    def _begin(self, trade: TradeLine, verdict: Verdict) -> None:
        self._floor, self.last, self.time = trade.trade_id, trade.trade_id, trade.timestamp
        verdict.began = trade.trade_id - 1
        verdict.release.append(trade)

    def _move_to(self, number: int, time: int) -> None:
        self.time = time
        if self.last == _HELD_BACK:
            self._newest = number
        else:
            self.last = number

    def _believed(self, number: int, newest: int, least: int, verdict: Verdict) -> bool:
        """Whether to follow `number`. Far ahead that is when it is `least` ids or more after the last one that was, and near it."""
        if number - newest < FAR_AHEAD:
            return True
        before, self._far = self._far, number
        if before is not None and least <= number - before <= NEAR:
            self._far = None
            return True
        verdict.far = number
        return False

    def _open(self, first: int, last: int, now: float, verdict: Verdict) -> None:
        begin = last + 1 if len(self.holes) >= self._filling.gaps else max(first, last - self._filling.most + 1)
        if first < begin:
            self._lost.append(Hole(first, begin - 1, now, now))
            verdict.lost.append(Gap(self.symbol, first, begin - 1))
        if begin <= last:
            self.holes.append(Hole(begin, last, now, now + self._filling.patience))
            verdict.opened.append(Gap(self.symbol, begin, last))
            if self.last != _HELD_BACK and not self._passing:
                self._newest, self.last = self.last, _HELD_BACK

    def _hand_on(self, trade: TradeLine, verdict: Verdict) -> None:
        # `latest` knows no time: without those of the trades it reported, the same once more would seem a new numbering.
        self.time = max(self.time, trade.timestamp)
        if self.last == _HELD_BACK:
            insort(self._held, trade, key=_number)
        else:
            verdict.release.append(trade)

    def _settle(self, verdict: Verdict) -> None:
        """Close the gaps of which nothing is missing, and release what waited for them alone."""
        still_open = []
        for hole in self.holes:
            if hole.missing:
                still_open.append(hole)
            elif hole.fetched:
                verdict.filled += [Gap(self.symbol, part.first, part.last) for part in hole.came()]
        self.holes = still_open
        if not still_open:
            self._let_pass(verdict)
            self._passing = False
        else:
            ready = bisect_left(self._held, still_open[0].missing[0].first, key=_number)
            verdict.release += self._held[:ready]
            del self._held[:ready]
            self._bound(verdict)

    def _bound(self, verdict: Verdict) -> None:
        if len(self._held) > self._filling.hold_trades:
            self._let_pass(verdict)

    def _let_pass(self, verdict: Verdict) -> None:
        verdict.release += self._held
        self._held.clear()
        self._passing = True
        if self.last == _HELD_BACK and self._newest is not None:
            self.last = self._newest

    def _lose(self, hole: Hole, first: int, last: int, verdict: Verdict) -> None:
        for gone in hole.give_up(first, last):
            self._lost.append(Hole(gone.first, gone.last, hole.opened_at, hole.due_at))
            verdict.lost.append(Gap(self.symbol, gone.first, gone.last))

    def _lose_all(self, verdict: Verdict) -> None:
        for hole in self.holes:
            self._lose(hole, hole.first, hole.last, verdict)
        self._settle(verdict)

    def _lower_floor(self, number: int) -> None:
        """A trade from before the beginning came: those between were not seen either, and may still come."""
        if number + 1 < self._floor:
            self._lost.append(Hole(number + 1, self._floor - 1, 0, 0))
        self._floor = number

    def _of_another_numbering(self, trade: TradeLine, newest: int) -> bool:
        if newest - trade.trade_id >= RENUMBERED_BEYOND:
            return True
        return self.time > 0 and trade.timestamp - self.time > RENUMBERED_AFTER

    def _suspect_or_restart(self, trade: TradeLine, now: float, verdict: Verdict) -> None:
        first, self._suspect = self._suspect, trade
        if first is None or not 0 < trade.trade_id - first.trade_id <= NEAR:
            verdict.repeated += first is not None
            return
        self._suspect = None
        self._lose_all(verdict)
        self._lost.clear()
        verdict.renumbered = True
        self._begin(first, verdict)
        self._open(first.trade_id + 1, trade.trade_id - 1, now, verdict)
        self._move_to(trade.trade_id, trade.timestamp)
        self._hand_on(trade, verdict)


def _number(trade: TradeLine) -> int:
    return trade.trade_id
