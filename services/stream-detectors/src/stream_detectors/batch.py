"""The detectors over trades that are all there: the same objects as in the stream, fed in the order of event time."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

import msgspec
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F  # noqa: N812

from stream_detectors import bars, records
from stream_detectors.bars import Bar
from stream_detectors.deduplication import MARKET
from stream_detectors.detectors import registry
from stream_detectors.detectors.base import BaseDetector, Finding
from stream_detectors.features import Features
from stream_detectors.news import News
from stream_detectors.observation import MarketFills, Wanted, by_market, notable

_STEP: Final = 60_000_000
"""Fills are shown minute by minute (µs) where no detector wants bars."""
_AFTERWARDS: Final = 3_600_000_000
"""Processing time (µs) after which a detector waits for nothing more."""


class _Step(msgspec.Struct, frozen=True):
    """What the trades of one bar's time came to."""

    start: int
    fills: tuple[MarketFills, ...]
    bars: tuple[Bar, ...]


def findings(trades: DataFrame, detectors: list[BaseDetector], features: Features, now: int) -> Iterator[Finding]:
    """What the detectors find in `trades`: valid, each once, with the columns of the wire. `now` is the time of processing (UTC, µs).

    Every exchange's time is that of the trades: nothing is late for being old. As in the stream, what had not closed when the
    last trade came stays open.
    """
    wanted = registry.wanted(detectors, features)
    lateness = round(features.watermark.lateness_seconds * 1e6)
    reached: dict[str, int] = {}
    for step in _steps(trades, wanted):
        marks = dict.fromkeys(reached, step.start - lateness)
        for bar in step.bars:
            reached[bar.market.exchange] = max(reached.get(bar.market.exchange, 0), bar.newest)
        yield from _inspect(detectors, News(watermarks=marks), now)
        yield from _inspect(detectors, News(fills=step.fills, bars=step.bars), now)
    marks = {exchange: time - lateness for exchange, time in reached.items()}
    yield from _inspect(detectors, News(watermarks=marks), now + _AFTERWARDS)


def _inspect(detectors: list[BaseDetector], news: News, now: int) -> Iterator[Finding]:
    for detector in detectors:
        yield from detector.inspect(news, now)


def _steps(trades: DataFrame, wanted: Wanted) -> Iterator[_Step]:
    """The time of one bar after the other, where there was anything."""
    width = wanted.bar or _STEP
    fills = _fills(trades, wanted, width)
    fill_rows = next(fills, None)
    for start, found in groupby(_bars(trades, wanted), key=lambda bar: bar.start):
        while fill_rows is not None and fill_rows[0] < start:
            yield _Step(fill_rows[0], by_market(fill_rows[1]), ())
            fill_rows = next(fills, None)
        here: tuple[MarketFills, ...] = ()
        if fill_rows is not None and fill_rows[0] == start:
            here = by_market(fill_rows[1])
            fill_rows = next(fills, None)
        yield _Step(start, here, tuple(found))
    while fill_rows is not None:
        yield _Step(fill_rows[0], by_market(fill_rows[1]), ())
        fill_rows = next(fills, None)


def _bars(trades: DataFrame, wanted: Wanted) -> Iterator[Bar]:
    if wanted.bar is None:
        return
    for row in (
        bars.aggregated(trades, wanted.bar).orderBy(bars.START, *MARKET).toLocalIterator(prefetchPartitions=True)
    ):
        yield bars.bar(row)


def _fills(trades: DataFrame, wanted: Wanted, width: int) -> Iterator[tuple[int, list[Row]]]:
    if wanted.floor is None:
        return
    start = F.expr(f"timestamp - timestamp % {width}").alias(bars.START)
    # Sorting looks at its input twice, and these few rows are found by reading all trades.
    found = notable(records.marked(trades), wanted).select(start, "*").persist()
    rows = found.orderBy(bars.START, *MARKET, "trade_id").toLocalIterator(prefetchPartitions=True)
    try:
        for key, here in groupby(rows, key=lambda row: int(row[bars.START])):
            yield key, list(here)
    finally:
        found.unpersist()
