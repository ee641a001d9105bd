"""Ids for rows that have none, and each trade once; see `coattail_replay.identity`. Refused rows go through both as they are."""

from typing import Final

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from coattail_common.contracts import CONFLICT, CONTENTS
from coattail_replay.identity import IDS_A_MILLISECOND
from coattail_replay.place import PLACE, VERDICT
from stream_detectors.deduplication import MARKET

_BUCKET: Final = "bucket"
_IDS_A_BUCKET: Final = 1 << 17
"""Trades of a market whose ids are this near lie in one task: many trades, and still several tasks for one busy market."""
_MILLIS_A_BUCKET: Final = 3_600_000
_IS_TRADE: Final = "is_trade"
_AMOUNTS: Final = frozenset({"price", "quantity"})


def once(rows: DataFrame, partitions: int) -> DataFrame:
    """One of each trade, by its id: the one that comes first in the files. In the order of market and id.

    A later one with other contents is refused as a conflict, with what was read of it as its line.
    """
    key = (*MARKET, _BUCKET)
    of_one = Window.partitionBy(*key, _IS_TRADE, "trade_id").orderBy(*PLACE)
    read = [name for name in rows.columns if name not in {*PLACE, VERDICT, "line"}]
    return (
        _bucketed(rows, f"trade_id div {_IDS_A_BUCKET}")
        .repartition(partitions, *key)
        .withColumn("first", F.first(F.struct(*PLACE, *CONTENTS)).over(of_one))
        .withColumn("is_first", F.expr(" AND ".join(f"{name} = first.{name}" for name in PLACE)))
        .withColumn(VERDICT, F.when(F.col(_IS_TRADE) & ~F.col("is_first"), _conflict()).otherwise(F.col(VERDICT)))
        .where(f"is_first OR NOT {_IS_TRADE} OR {VERDICT} IS NOT NULL")
        .withColumn(
            "line", F.when(F.col(_IS_TRADE) & ~F.col("is_first"), F.to_json(F.struct(*read))).otherwise(F.col("line"))
        )
        .drop("first", "is_first", _BUCKET, _IS_TRADE)
    )


def _conflict() -> Column:
    """In what a trade's contents are not those of the first of its id; NULL when they are the same, 1.0 and 1.00 among them."""
    differing = F.lit(None).cast("string")
    for name in reversed(CONTENTS):
        told, first = F.col(name), F.col(f"first.{name}")
        if name in _AMOUNTS:
            told, first = told.cast("decimal(38,18)"), first.cast("decimal(38,18)")
        differing = F.when(told != first, F.lit(f"{CONFLICT}.{name}")).otherwise(differing)
    return differing


def with_ids(rows: DataFrame, partitions: int) -> DataFrame:
    """The trades with ids made for them, all of them kept."""
    key = (*MARKET, _BUCKET, _IS_TRADE, "millisecond")
    position = F.row_number().over(Window.partitionBy(*key).orderBy(*PLACE)) - 1
    made = F.col("millisecond") * IDS_A_MILLISECOND + position
    return (
        _bucketed(rows.withColumn("millisecond", F.expr("timestamp div 1000")), f"millisecond div {_MILLIS_A_BUCKET}")
        .repartition(partitions, *MARKET, _BUCKET)
        .withColumn("trade_id", F.when(F.col(_IS_TRADE), made))
        .drop("millisecond", _BUCKET, _IS_TRADE)
    )


def _bucketed(rows: DataFrame, bucket: str) -> DataFrame:
    """What is no trade may have no market and no id: it is spread by its row."""
    return rows.withColumn(_IS_TRADE, F.col(VERDICT).isNull()).withColumn(
        _BUCKET, F.expr(f"CASE WHEN {_IS_TRADE} THEN {bucket} ELSE row div {_IDS_A_BUCKET} END")
    )
