"""The detectors over trades that are all there: the same objects as in the stream, shown the trades in the order of event time.

What a detector finds is `detected_at` the event time at which the stream would have known it: a fill at its own time, a sweep when
its market's next trade comes or when its exchange's watermark passes it, a window when the watermarks that it waits for pass its end.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, groupby
from operator import itemgetter
from typing import Any, Final

import msgspec
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F  # noqa: N812

from coattail_common.ids import IdRange, Market
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.observed import Bar, Wanted
from coattail_detectors.kernel.runner import PipelineRunner
from coattail_detectors.registry import wanted
from stream_detectors import bars, records
from stream_detectors.deduplication import MARKET
from stream_detectors.observation import by_market, notable

_STEP: Final = 60_000_000
"""Fills are read minute by minute (µs) where no detector wants bars."""
_MILLISECOND: Final = 1000
_AFTER: Final = "after"
_LEAST_REACH: Final = 1_000_000
"""A market's next trade is looked for at least so far ahead (µs)."""


class _Moment(msgspec.Struct, frozen=True):
    """What is new, and the event time at which the stream would have had it (UTC, µs). `reached`: exchanges whose time had come so far."""

    time: int
    shown: DetectorInput
    reached: Mapping[str, int] = {}


class _Step(msgspec.Struct, frozen=True):
    """What the trades of one bar's time came to: the bars are of trades that lie before everything that they let a detector know."""

    start: int
    bars: tuple[Bar, ...]
    moments: tuple[_Moment, ...]


def findings(trades: DataFrame, detectors: Sequence[BaseDetector], features: Features) -> Iterator[Finding]:
    """What the detectors find in `trades`: valid, each once, with the columns of the wire.

    A file may not say what the taker did: a trade whose `side` is NULL counts in the bars, and is shown to no detector as a fill.
    Every exchange's time is that of its own trades: nothing is late for being old. As in the stream, a window that no watermark has
    passed when the last trade came stays open; a sweep then is whole after the time that its detector waits at most.
    """
    lateness = round(features.watermark.lateness_seconds * 1e6)
    player = _Player(detectors, lateness)
    for step in _steps(trades, wanted(detectors, features), lateness):
        yield from player.until(step.start)
        yield from player.show(DetectorInput(bars=step.bars))
        player.expect(step.moments)
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


def _steps(trades: DataFrame, wanted: Wanted, lateness: int) -> Iterator[_Step]:
    """The time of one bar after the other, where there was anything."""
    width = wanted.bar or _STEP
    fills = _fills(trades, wanted, width, lateness)
    fill_rows = next(fills, None)
    for start, found in groupby(_bars(trades, wanted, lateness), key=lambda row: int(row[bars.START])):
        while fill_rows is not None and fill_rows[0] < start:
            yield _Step(fill_rows[0], (), tuple(_of_fills(fill_rows[1], lateness)))
            fill_rows = next(fills, None)
        rows = list(found)
        moments = list(_of_clocks(rows))
        if fill_rows is not None and fill_rows[0] == start:
            moments += _of_fills(fill_rows[1], lateness)
            fill_rows = next(fills, None)
        yield _Step(start, tuple(bars.bar(row) for row in rows), tuple(moments))
    while fill_rows is not None:
        yield _Step(fill_rows[0], (), tuple(_of_fills(fill_rows[1], lateness)))
        fill_rows = next(fills, None)


def _of_clocks(rows: Iterable[Row]) -> Iterator[_Moment]:
    """The moments at which an exchange's time reaches what closes a window. No other moment of a bar's time does that."""
    for (exchange,), here in _grouped(rows, "exchange"):
        passes = [row["passes"] for row in here if row["passes"] is not None]
        times = {min(row["oldest"] for row in here), *([min(passes)] if passes else [])}
        for time in sorted(times):
            yield _Moment(time, DetectorInput(), {exchange: time})


def _of_fills(rows: Iterable[Row], lateness: int) -> Iterator[_Moment]:
    """The moments of fills, and those at which the runs that they belong to are known to be whole."""
    fills = list(rows)
    for (time,), here in _grouped(fills, "timestamp"):
        yield _Moment(time, DetectorInput(fills=by_market(here)))
    for (exchange, symbol, millisecond), here in _grouped(fills, *MARKET, "millisecond"):
        ids = [row["trade_id"] for row in here]
        known = (millisecond + 1) * _MILLISECOND + lateness
        after = here[0][_AFTER]
        seen = {Market(exchange, symbol): (IdRange(min(ids) - 1, max(ids) + 1),)}
        yield _Moment(known if after is None else min(known, after), DetectorInput(seen=seen))


def _grouped(rows: Iterable[Row], *columns: str) -> Iterator[tuple[tuple[Any, ...], list[Row]]]:
    """The rows by these columns, in their order."""
    found: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        found[tuple(row[column] for column in columns)].append(row)
    yield from sorted(found.items(), key=itemgetter(0))


def _bars(trades: DataFrame, wanted: Wanted, lateness: int) -> Iterator[Row]:
    """The rows of `bars.aggregated`, with the first time that the bar's trades say it is (`oldest`), and the first one that is
    `lateness` after the beginning of a bar (`passes`)."""
    if wanted.bar is None:
        return
    time = bars.event_time()
    first_after = F.min(F.when(time >= F.expr(f"timestamp - timestamp % {wanted.bar} + {lateness % wanted.bar}"), time))
    found = bars.aggregated(trades, wanted.bar, F.min(time).alias("oldest"), first_after.alias("passes"))
    yield from found.orderBy(bars.START, *MARKET).toLocalIterator(prefetchPartitions=True)


def _fills(trades: DataFrame, wanted: Wanted, width: int, lateness: int) -> Iterator[tuple[int, list[Row]]]:
    """The fills worth a look, by the bar that they lie in, each with the time of its market's next trade after its millisecond."""
    if wanted.floor is None:
        return
    start = F.expr(f"timestamp - timestamp % {width}").alias(bars.START)
    millisecond = F.expr(f"timestamp div {_MILLISECOND}").alias("millisecond")
    # Sorting looks at its input twice, and these few rows are found by reading all trades.
    found = notable(records.marked(trades.where("side IS NOT NULL")), wanted).select(start, millisecond, "*").persist()
    after = _after(trades, found, max(lateness, _LEAST_REACH))
    joined = found.join(F.broadcast(after), [*MARKET, "millisecond"], "left")
    rows = joined.orderBy(bars.START, *MARKET, "trade_id").toLocalIterator(prefetchPartitions=True)
    try:
        for key, here in groupby(rows, key=lambda row: int(row[bars.START])):
            yield key, list(here)
    finally:
        found.unpersist()


def _after(trades: DataFrame, fills: DataFrame, reach: int) -> DataFrame:
    """For each millisecond of a market's fills, when that market traded next, if within `reach` (µs): before that, nothing was known."""
    stretch = F.expr(f"timestamp div {reach}")
    asked = (
        fills.select(*MARKET, "millisecond", F.explode(F.array(stretch, stretch + 1)).alias("stretch"))
        .distinct()
        .select(*MARKET, "millisecond", "stretch")
    )
    return (
        trades.select(*MARKET, "timestamp", stretch.alias("stretch"))
        .join(F.broadcast(asked), [*MARKET, "stretch"])
        .where(f"timestamp div {_MILLISECOND} > millisecond")
        .groupBy(*MARKET, "millisecond")
        .agg(F.min("timestamp").alias(_AFTER))
    )
