"""Ids for rows that have none, and each trade once. Refused rows go through both as they are.

A made id is the trade's millisecond × 10⁶ + its position among its market's trades of that millisecond, in the order of the files
given and of the rows in them. It does not depend on where a file is cut, two fills alike are two, and the fills of one millisecond
are consecutive, as a sweep's are. Files without ids that overlap cannot be told to.
"""

from typing import Final

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from coattail_replay.wire import PLACE
from stream_detectors.deduplication import MARKET
from stream_detectors.records import VERDICT

IDS_A_MILLISECOND: Final = 1_000_000
_BUCKET: Final = "bucket"
_IDS_A_BUCKET: Final = 1 << 17
"""Trades of a market whose ids are this near lie in one task: many trades, and still several tasks for one busy market."""
_MILLIS_A_BUCKET: Final = 3_600_000
_IS_TRADE: Final = "is_trade"


def once(rows: DataFrame, partitions: int) -> DataFrame:
    """One of each trade, by its id: the one that comes first in the files. In the order of market and id."""
    key = (*MARKET, _BUCKET)
    of_one = Window.partitionBy(*key, _IS_TRADE).orderBy("trade_id", *PLACE)
    return (
        _bucketed(rows, f"trade_id div {_IDS_A_BUCKET}")
        .repartition(partitions, *key)
        .withColumn("previous", F.lag("trade_id").over(of_one))
        .where(f"previous IS NULL OR previous != trade_id OR NOT {_IS_TRADE}")
        .drop("previous", _BUCKET, _IS_TRADE)
    )


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
