"""De-duplication without a horizon: a trade is new when its id is in none of its market's landed ranges."""

from collections.abc import Mapping
from typing import Final

import msgspec
import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from stream_detectors.ranges import Market, Ranges

MARKET: Final = ("exchange", "symbol")
_LANDED: Final = pa.schema(
    {
        "exchange": pa.string(),
        "symbol": pa.string(),
        "landed": pa.list_(pa.struct([("first", pa.int64()), ("last", pa.int64())])),
        "newest": pa.int64(),
    }
)


def once(trades: DataFrame, landed: Mapping[Market, Ranges], partitions: int) -> DataFrame:
    """One of each trade whose id has not landed, clustered by market into `partitions` and in the order of its ids.

    The ranges travel as a broadcast table with a row a market. Nearly every trade is newer than all of its market's ranges
    and is told so by one comparison; only the others look through them.
    """
    in_order = trades.repartition(partitions, *MARKET).sortWithinPartitions(*MARKET, "trade_id")
    if landed:
        table = F.broadcast(trades.sparkSession.createDataFrame(_landed_table(landed)))
        old = F.exists("landed", lambda ids: F.col("trade_id").between(ids["first"], ids["last"]))
        is_new = F.col("newest").isNull() | (F.col("trade_id") > F.col("newest")) | ~old
        in_order = in_order.join(table, list(MARKET), "left").where(is_new).drop("landed", "newest")
    previous = F.lag("trade_id").over(Window.partitionBy(*MARKET).orderBy("trade_id"))
    return (
        in_order.withColumn("previous", previous)
        .where(F.col("previous").isNull() | (F.col("previous") != F.col("trade_id")))
        .drop("previous")
    )


def _landed_table(landed: Mapping[Market, Ranges]) -> pa.Table:
    rows = [
        {
            "exchange": market.exchange,
            "symbol": market.symbol,
            "landed": [msgspec.structs.asdict(one) for one in ranges],
            "newest": ranges[-1].last,
        }
        for market, ranges in landed.items()
    ]
    return pa.Table.from_pylist(rows, _LANDED)
