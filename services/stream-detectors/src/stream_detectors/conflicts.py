"""Conflicts: trades whose id came before with other contents. The first trade stays, the later ones are refused.

Contents are price, quantity, side and time; amounts are compared as decimals, so 1.0 and 1.00 are one. The first is what the table
holds, or else what arrived first.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, Self

import msgspec
from pyspark.sql import Column, DataFrame, Row, Window
from pyspark.sql import functions as F  # noqa: N812

from coattail_common.contracts import CONFLICT, CONTENTS
from coattail_common.ids import Market, Ranges
from stream_detectors import records
from stream_detectors.deduplication import MARKET, in_ranges

RULE: Final = "rule"
"""Which contents differ, `conflict.quantity`; NULL where the first trade was not found, so that nothing was compared."""
_DAY_MICROS: Final = 86_400_000_000
_IS_LANDED: Final = "is_landed"


class Repeats(msgspec.Struct, frozen=True):
    """How many lines of a landing had the id of an earlier trade of their market with other contents, and for how many that
    trade was not found."""

    conflicting: Mapping[Market, int]
    not_compared: Mapping[Market, int]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Self:
        """Return the counts of rows with market, whether it is a conflict, and `lines`."""
        counts: dict[bool, Counter[Market]] = {True: Counter(), False: Counter()}
        for row in rows:
            counts[row["is_conflict"]][Market(row["exchange"], row["symbol"])] += row["lines"]
        return cls(dict(counts[True]), dict(counts[False]))


class Stretch(msgspec.Struct, frozen=True):
    """Where the table holds the trades that a market's repeats are compared to: ids and times (UTC, µs), the ends included."""

    market: Market
    first_id: int
    last_id: int
    since: int
    until: int

    def sql(self) -> str:
        """Return the condition, in a form that Iceberg prunes partitions and files by."""
        return (
            f"exchange = '{self.market.exchange}' AND symbol = '{self.market.symbol}' "
            f"AND trade_id BETWEEN {self.first_id} AND {self.last_id} "
            f"AND timestamp BETWEEN timestamp_micros({self.since}) AND timestamp_micros({self.until})"
        )


def suspects(judged: DataFrame, repeated: Mapping[Market, Ranges], landed: Mapping[Market, Ranges]) -> DataFrame:
    """The valid trades whose ids are among `repeated`, with their positions and bytes, and whether their ids have landed."""
    valid = judged.where(F.col(records.VERDICT).isNull()).select(
        *records.POSITION, *records.TRADE_FIELDS, "line", records.SPELLING
    )
    found = in_ranges(valid, repeated, "is_repeated").where("is_repeated").drop("is_repeated")
    return in_ranges(found, landed, _IS_LANDED).select(
        *MARKET, "trade_id", *_contents(), *records.POSITION, records.line().alias("line"), _IS_LANDED
    )


def stretches(found: DataFrame, landed: Mapping[Market, Ranges]) -> list[Stretch]:
    """Where in the table the first trades of those suspects lie that have landed: on the days of the repeats, and a day around."""
    times = (F.min("timestamp").alias("first"), F.max("timestamp").alias("last"))
    return [
        Stretch(
            market=(market := Market(row["exchange"], row["symbol"])),
            first_id=landed[market][0].first,
            last_id=landed[market][-1].last,
            since=(row["first"] // _DAY_MICROS - 1) * _DAY_MICROS,
            until=(row["last"] // _DAY_MICROS + 2) * _DAY_MICROS - 1,
        )
        for row in found.where(_IS_LANDED).groupBy(*MARKET).agg(*times).collect()
    ]


def stored(raw_trades: DataFrame, where: Iterable[Stretch], landed: Mapping[Market, Ranges]) -> DataFrame:
    """The trades that the table holds of those that are asked for."""
    # As text: Spark reads a long chain of ORs into a balanced tree.
    in_stretches = " OR ".join(f"({one.sql()})" for one in where)
    rows = raw_trades.where(in_stretches).select(*MARKET, "trade_id", *_contents(F.unix_micros("timestamp")))
    return in_ranges(rows, landed, _IS_LANDED).where(_IS_LANDED)


def compared(found: DataFrame, in_table: DataFrame | None) -> DataFrame:
    """The suspects that are no plain repeats: those that conflict, with their rule, and those that could not be compared."""
    both = found if in_table is None else found.unionByName(in_table, allowMissingColumns=True)
    # What is in the table has no arrival, and comes first.
    arrived_at, *rest = records.arrival_order()
    of_one = Window.partitionBy(*MARKET, "trade_id").orderBy(arrived_at.asc_nulls_first(), *rest)
    first = F.first(F.struct("arrived_at", *CONTENTS)).over(of_one)
    differing = F.lit(None).cast("string")
    for name in reversed(CONTENTS):
        differs = F.col(name) != F.col(f"first.{name}")
        differing = F.when(differs, F.lit(f"{CONFLICT}.{name}")).otherwise(differing)
    is_found = ~F.col(_IS_LANDED) | F.col("first.arrived_at").isNull()
    return (
        both.withColumn("first", first)
        .where(F.col("arrived_at").isNotNull())
        .withColumn(RULE, F.when(is_found, differing))
        .where(F.col(RULE).isNotNull() | ~is_found)
        .select(*MARKET, *records.POSITION, "line", RULE)
    )


def counted(repeats: DataFrame) -> Repeats:
    """Count the rows of `compared`."""
    return Repeats.of(
        repeats.groupBy(*MARKET, F.col(RULE).isNotNull().alias("is_conflict"))
        .agg(F.count("*").alias("lines"))
        .collect()
    )


def _contents(timestamp: Column | None = None) -> tuple[Column, ...]:
    """The contents, comparable: amounts as decimals, the time in µs."""
    amounts = (F.col(name).cast("decimal(38,18)").alias(name) for name in ("price", "quantity"))
    moment = F.col("timestamp") if timestamp is None else timestamp
    return (*amounts, F.col("side"), moment.alias("timestamp"))
