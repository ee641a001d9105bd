"""Bars: what each market traded in each short stretch of time, added up natively. Windows are made of them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F  # noqa: N812

from coattail_common.ids import Market
from coattail_detectors.kernel.observed import AHEAD_MICROS, LARGEST_SUM, SUM_DIGITS, Bar
from stream_detectors.deduplication import MARKET

START: Final = "bar_start"
_SUM: Final = f"decimal(38,{SUM_DIGITS})"


def event_time(arrival: Column | None = None) -> Column:
    """Return the time that a trade says it is: its own, unless that is far ahead of its arrival (µs).

    In the stream it arrives at Kinesis, whose clock is one for all. By default it arrives at the connector: in a recording that is the
    only clock there is. A connector's clock must not decide in the stream: an hour behind, it would stop its exchange's windows.
    """
    return F.least(F.col("timestamp"), (F.col("ingestion_timestamp") if arrival is None else arrival) + AHEAD_MICROS)


def aggregated(trades: DataFrame, micros: int, *more: Column) -> DataFrame:
    """The bars of `micros` width, with `more` aggregates. Input: valid trades, each once, with the columns of the wire."""
    return (
        trades.withColumn(START, F.expr(f"timestamp - timestamp % {micros}"))
        .groupBy(*MARKET, START)
        .agg(
            F.count("*").alias("trades"),
            _total("quantity").alias("volume"),
            _total("quote_volume").alias("amount"),
            F.min("trade_id").alias("first_trade_id"),
            F.max("trade_id").alias("last_trade_id"),
            F.max(event_time()).alias("newest"),
            *more,
        )
    )


def once(trades: DataFrame) -> DataFrame:
    """What bars are made of, of each trade once: repeats say the same but for their receipt, of which the earliest counts.

    Native sums need no sorting: amounts are numbers here, rounded as the bars round them.
    """
    amounts = (F.first(F.col(name).cast(_SUM)).alias(name) for name in ("quantity", "quote_volume"))
    return trades.groupBy(*MARKET, "trade_id").agg(
        F.first("timestamp").alias("timestamp"),
        F.min("ingestion_timestamp").alias("ingestion_timestamp"),
        *amounts,
    )


def of(rows: Iterable[Row | Mapping[str, Any]]) -> tuple[Bar, ...]:
    """The rows of `aggregated`, by start and market."""
    return tuple(sorted((bar(row) for row in rows), key=lambda one: (one.start, one.market)))


def bar(row: Row | Mapping[str, Any]) -> Bar:
    """A row of `aggregated`."""
    return Bar(
        market=Market(row["exchange"], row["symbol"]),
        start=row[START],
        trades=row["trades"],
        volume=row["volume"],
        amount=row["amount"],
        first_trade_id=row["first_trade_id"],
        last_trade_id=row["last_trade_id"],
        newest=row["newest"],
    )


def _total(column: str) -> Column:
    return F.coalesce(F.try_sum(F.col(column).cast(_SUM)), F.lit(LARGEST_SUM).cast(_SUM))
