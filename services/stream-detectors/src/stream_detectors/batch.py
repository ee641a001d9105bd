"""The detectors over trades that are all there, as Spark reads them: these queries give `coattail_detectors.playback` its stretches."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F  # noqa: N812

from coattail_common.ids import Market
from coattail_detectors import playback
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.observed import Fill, Wanted
from coattail_detectors.playback import MILLISECOND, Stretch, TimedBar, TimedFill
from coattail_detectors.registry import wanted
from stream_detectors import bars, records
from stream_detectors.deduplication import MARKET
from stream_detectors.notable import notable

_AFTER: Final = "after"
_LEAST_REACH: Final = 1_000_000
"""A market's next trade is looked for at least so far ahead (µs)."""


def findings(trades: DataFrame, detectors: Sequence[BaseDetector], features: Features) -> Iterator[Finding]:
    """What the detectors find in `trades`: valid, each once, with the columns of the wire.

    A file may not say what the taker did: a trade whose `side` is NULL counts in the bars, and is shown to no detector as a fill.
    """
    asked = wanted(detectors, features)
    return playback.play(stretches(trades, asked, playback.lateness_micros(features)), detectors, features)


def stretches(trades: DataFrame, asked: Wanted, lateness: int) -> Iterator[Stretch]:
    """Yield the time of one bar after the other, where there was anything."""
    width = playback.stretch_width(asked)
    return playback.join_stretches(_bars(trades, asked, lateness), _fills(trades, asked, width, lateness), width)


def _bars(trades: DataFrame, wanted: Wanted, lateness: int) -> Iterator[TimedBar]:
    """The rows of `bars.aggregated`, with the first time that the bar's trades say it is (`oldest`), and the first one that is
    `lateness` after the beginning of a bar (`passes`)."""
    if wanted.bar is None:
        return
    time = bars.event_time()
    first_after = F.min(F.when(time >= F.expr(f"timestamp - timestamp % {wanted.bar} + {lateness % wanted.bar}"), time))
    found = bars.aggregated(trades, wanted.bar, F.min(time).alias("oldest"), first_after.alias("passes"))
    for row in found.orderBy(bars.START, *MARKET).toLocalIterator(prefetchPartitions=True):
        yield TimedBar(bars.bar(row), row["oldest"], row["passes"])


def _fills(trades: DataFrame, wanted: Wanted, width: int, lateness: int) -> Iterator[TimedFill]:
    """The fills worth a look, by the bar that they lie in, each with the time of its market's next trade after its millisecond."""
    if wanted.floor is None:
        return
    start = F.expr(f"timestamp - timestamp % {width}").alias(bars.START)
    millisecond = F.expr(f"timestamp div {MILLISECOND}").alias("millisecond")
    # Sorting looks at its input twice, and these few rows are found by reading all trades.
    found = notable(records.marked(trades.where("side IS NOT NULL")), wanted).select(start, millisecond, "*").persist()
    # A fill may be known a millisecond more than the lateness after its own time.
    after = _after(trades, found, max(lateness + MILLISECOND, _LEAST_REACH))
    joined = found.join(F.broadcast(after), [*MARKET, "millisecond"], "left")
    try:
        for row in joined.orderBy(bars.START, *MARKET, "trade_id").toLocalIterator(prefetchPartitions=True):
            yield TimedFill(Market(row["exchange"], row["symbol"]), row["quote"], _fill(row), row[_AFTER])
    finally:
        found.unpersist()


def _fill(row: Row) -> Fill:
    return Fill(
        trade_id=row["trade_id"],
        side=row["side"],
        timestamp=row["timestamp"],
        price=Decimal(row["price"]),
        quantity=Decimal(row["quantity"]),
        amount=Decimal(row["quote_volume"]),
    )


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
        .where(f"timestamp div {MILLISECOND} > millisecond")
        .groupBy(*MARKET, "millisecond")
        .agg(F.min("timestamp").alias(_AFTER))
    )
