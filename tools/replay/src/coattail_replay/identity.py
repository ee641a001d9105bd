"""Ids for rows that have none, and each trade once.

A made id is the trade's millisecond × 10⁶ + its position among its market's trades of that millisecond, in the order of the files
given and of the rows in them. It does not depend on where a file is cut, two fills alike are two, and the fills of one millisecond
are consecutive, as a sweep's are. Files without ids that overlap cannot be told to.
"""

from typing import Final

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from coattail_replay.wire import PLACE
from stream_detectors.deduplication import MARKET

IDS_A_MILLISECOND: Final = 1_000_000
_BUCKET: Final = "bucket"
_IDS_A_BUCKET: Final = 1 << 17
"""Trades of a market whose ids are this near lie in one task: many trades, and still several tasks for one busy market."""
_MILLIS_A_BUCKET: Final = 3_600_000


def once(trades: DataFrame, partitions: int) -> DataFrame:
    """One of each trade, by its id: the one that comes first in the files. In the order of market and id."""
    key = (*MARKET, _BUCKET)
    previous = F.lag("trade_id").over(Window.partitionBy(*key).orderBy("trade_id", *PLACE))
    return (
        trades.withColumn(_BUCKET, F.expr(f"trade_id div {_IDS_A_BUCKET}"))
        .repartition(partitions, *key)
        .withColumn("previous", previous)
        .where("previous IS NULL OR previous != trade_id")
        .drop("previous", _BUCKET)
    )


def with_ids(trades: DataFrame, partitions: int) -> DataFrame:
    """The trades with ids made for them, all of them kept."""
    key = (*MARKET, _BUCKET, "millisecond")
    position = F.row_number().over(Window.partitionBy(*key).orderBy(*PLACE)) - 1
    return (
        trades.withColumn("millisecond", F.expr("timestamp div 1000"))
        .withColumn(_BUCKET, F.expr(f"millisecond div {_MILLIS_A_BUCKET}"))
        .repartition(partitions, *MARKET, _BUCKET)
        .withColumn("trade_id", F.col("millisecond") * IDS_A_MILLISECOND + position)
        .drop("millisecond", _BUCKET)
    )
