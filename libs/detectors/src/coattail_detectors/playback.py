"""The detectors over trades that are all there: the same objects as in the stream, shown the trades in the order of event time.

An engine (Spark, Arrow) reads the trades and adds them up: it gives the `Stretch`es. What a detector then finds is `detected_at` the event
time at which the stream would have known it: a fill at its own time, a sweep when its market's next trade comes or when its exchange's
watermark passes it, a window when the watermarks that it waits for pass its end.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import count, groupby
from operator import itemgetter
from typing import Final

import msgspec

from coattail_common.ids import IdRange, Market
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.observed import Bar, Fill, MarketFills, Wanted
from coattail_detectors.kernel.runner import PipelineRunner

FILLS_STEP: Final = 60_000_000
"""How long a stretch is (µs) where no detector wants bars."""
MILLISECOND: Final = 1000
"""In µs: fills of one market and side within it are one order's."""


class TimedBar(msgspec.Struct, frozen=True):
    """A bar, and when it lets an exchange's clock go on (UTC, µs): `oldest` is the least event time of its trades, `passes` the least one
    that is at least the lateness, modulo the bar's width, behind the start of a bar; None without such a trade."""

    bar: Bar
    oldest: int
    passes: int | None


class TimedFill(msgspec.Struct, frozen=True):
    """A fill worth a look, and when its market traded next after the fill's millisecond (UTC, µs).

    `after` may be None where that is later than the lateness: the watermark passes the fill before.
    """

    market: Market
    quote: str
    fill: Fill
    after: int | None


class Stretch(msgspec.Struct, frozen=True):
    """What the trades of one bar's time came to. `start` in UTC µs; bars by market, fills by market and id."""

    start: int
    bars: tuple[TimedBar, ...]
    fills: tuple[TimedFill, ...]


class _Moment(msgspec.Struct, frozen=True):
    """What is new, and the event time at which the stream would have had it (UTC, µs). `reached`: exchanges whose time had come so far."""

    time: int
    shown: DetectorInput
    reached: Mapping[str, int] = {}


def stretch_width(wanted: Wanted) -> int:
    """Return how long a stretch is (µs)."""
    return wanted.bar or FILLS_STEP


def lateness_micros(features: Features) -> int:
    """Return how far an exchange's trades must be past a window's end before it closes (µs)."""
    return round(features.watermark.lateness_seconds * 1e6)


def join_stretches(bars: Iterable[TimedBar], fills: Iterable[TimedFill], width: int) -> Iterator[Stretch]:
    """Yield the stretches of bars and fills that come one after the other, each in the order of their stretches of `width` µs."""
    by_start = groupby(fills, key=lambda one: one.fill.timestamp - one.fill.timestamp % width)
    waiting = next(by_start, None)
    for start, here in groupby(bars, key=lambda one: one.bar.start):
        while waiting is not None and waiting[0] < start:
            yield Stretch(waiting[0], (), tuple(waiting[1]))
            waiting = next(by_start, None)
        shown: tuple[TimedFill, ...] = ()
        if waiting is not None and waiting[0] == start:
            shown = tuple(waiting[1])
            waiting = next(by_start, None)
        yield Stretch(start, tuple(here), shown)
    while waiting is not None:
        yield Stretch(waiting[0], (), tuple(waiting[1]))
        waiting = next(by_start, None)


def play(stretches: Iterable[Stretch], detectors: Sequence[BaseDetector], features: Features) -> Iterator[Finding]:
    """Yield what the detectors find in the stretches, which come by their starts.

    Every exchange's time is that of its own trades: nothing is late for being old. As in the stream, a window that no watermark has
    passed when the last trade came stays open; a sweep then is whole after the time that its detector waits at most.
    """
    lateness = lateness_micros(features)
    player = _Player(detectors, lateness)
    for one in stretches:
        yield from player.until(one.start)
        yield from player.show(DetectorInput(bars=tuple(timed.bar for timed in one.bars)))
        player.expect(_of_clocks(one.bars))
        player.expect(_of_fills(one.fills, lateness))
    yield from player.until(None)
    yield from player.wait()


class _Player(PipelineRunner):
    """Shows detectors what the stream would have shown them, moment by moment."""

    def __init__(self, detectors: Sequence[BaseDetector], lateness: int) -> None:
        super().__init__(detectors)
        self._lateness = lateness
        self._expected: list[tuple[int, int, _Moment]] = []
        self._order = count()
        self._marks: dict[str, int] = {}
        self._now = 0

    def expect(self, moments: Iterable[_Moment]) -> None:
        """Take moments to come."""
        for moment in moments:
            heapq.heappush(self._expected, (moment.time, next(self._order), moment))

    def until(self, time: int | None) -> Iterator[Finding]:
        """Show what comes before `time` (UTC, µs), or everything."""
        while self._expected and (time is None or self._expected[0][0] < time):
            moment = heapq.heappop(self._expected)[2]
            # A trade that claims to be of tomorrow has a time of its own, and the clock does not go back for it.
            self._now = max(self._now, moment.time)
            for exchange, reached in moment.reached.items():
                self._marks[exchange] = max(self._marks.get(exchange, 0), reached - self._lateness)
            watermarks = dict(self._marks) if moment.reached else {}
            yield from self.show(msgspec.structs.replace(moment.shown, watermarks=watermarks))

    def wait(self) -> Iterator[Finding]:
        """Let time pass until no detector waits for anything more."""
        self._now += max(detector.patience for detector in self.detectors) + 1
        yield from self.show(DetectorInput(watermarks=self._marks))

    def show(self, shown: DetectorInput) -> Iterator[Finding]:
        """What the detectors find now."""
        for _, findings in self.run(shown, self._now):
            yield from findings

    def failed(self, detector: BaseDetector, shown: DetectorInput, error: Exception) -> None:  # noqa: ARG002
        """See `PipelineRunner.failed`. Files may be replayed again: nothing is found rather than a part."""
        raise error

    def missed(self, detector: BaseDetector, shown: DetectorInput) -> None:
        """See `PipelineRunner.missed`. Nobody fails here without ending the run."""


def _of_clocks(bars: Iterable[TimedBar]) -> Iterator[_Moment]:
    """The moments at which an exchange's time reaches what closes a window. No other moment of a bar's time does that."""
    for exchange, here in _grouped(bars, lambda one: one.bar.market.exchange):
        passes = [one.passes for one in here if one.passes is not None]
        times = {min(one.oldest for one in here), *([min(passes)] if passes else [])}
        for time in sorted(times):
            yield _Moment(time, DetectorInput(), {exchange: time})


def _of_fills(fills: Sequence[TimedFill], lateness: int) -> Iterator[_Moment]:
    """The moments of fills, and those at which the runs that they belong to are known to be whole."""
    for time, here in _grouped(fills, lambda one: one.fill.timestamp):
        yield _Moment(time, DetectorInput(fills=_by_market(here)))
    for (market, millisecond), here in _grouped(fills, lambda one: (one.market, one.fill.timestamp // MILLISECOND)):
        ids = [one.fill.trade_id for one in here]
        known = (millisecond + 1) * MILLISECOND + lateness
        after = here[0].after
        seen = {market: (IdRange(min(ids) - 1, max(ids) + 1),)}
        yield _Moment(known if after is None else min(known, after), DetectorInput(seen=seen))


def _by_market(fills: Iterable[TimedFill]) -> tuple[MarketFills, ...]:
    """The fills by market and id, each once."""
    return tuple(
        MarketFills(
            market,
            here[-1].quote,
            tuple(fill for _, fill in sorted({one.fill.trade_id: one.fill for one in here}.items())),
        )
        for market, here in _grouped(fills, lambda one: one.market)
    )


def _grouped[Item, Key: Hashable](items: Iterable[Item], key: Callable[[Item], Key]) -> list[tuple[Key, list[Item]]]:
    """The items by their keys, in the order of the keys."""
    found: defaultdict[Key, list[Item]] = defaultdict(list)
    for item in items:
        found[key(item)].append(item)
    return sorted(found.items(), key=itemgetter(0))
