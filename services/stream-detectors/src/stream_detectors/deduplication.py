"""De-duplication without a horizon: a trade is new when its id is in none of its market's landed ranges."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import pyarrow as pa
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from coattail_common.ids import Market, Ranges

MARKET: Final = ("exchange", "symbol")
_RANGES: Final = pa.schema(
    {
        "exchange": pa.string(),
        "symbol": pa.string(),
        "ranges": pa.list_(pa.struct([("first", pa.int64()), ("last", pa.int64())])),
        "newest": pa.int64(),
    }
)


def once(
    trades: DataFrame, landed: Mapping[Market, Ranges], partitions: int, order: Sequence[Column] = ()
) -> DataFrame:
    """One of each trade whose id has not landed, clustered by market into `partitions` and in the order of its ids.

    Of several with one id it is the first in `order`; without one, any.
    """
    in_order = trades.repartition(partitions, *MARKET).sortWithinPartitions(*MARKET, "trade_id", *order)
    if landed:
        in_order = in_ranges(in_order, landed, "is_old").where("NOT is_old").drop("is_old")
    previous = F.lag("trade_id").over(Window.partitionBy(*MARKET).orderBy("trade_id"))
    return (
        in_order.withColumn("previous", previous)
        .where(F.col("previous").isNull() | (F.col("previous") != F.col("trade_id")))
        .drop("previous")
    )


def in_ranges(trades: DataFrame, ids: Mapping[Market, Ranges], name: str) -> DataFrame:
    """The trades with a column `name` more: whether the trade's id is among those of its market.

    The ranges travel as a broadcast table with a row a market. Nearly every trade is newer than all of its market's ranges,
    which one comparison shows; only the others search the ranges.
    """
    table = F.broadcast(trades.sparkSession.createDataFrame(_ranges_table(ids)))
    is_among = F.exists("ranges", lambda one: F.col("trade_id").between(one["first"], one["last"]))
    is_in = F.col("newest").isNotNull() & (F.col("trade_id") <= F.col("newest")) & is_among
    return trades.join(table, list(MARKET), "left").withColumn(name, is_in).drop("ranges", "newest")


def _ranges_table(ids: Mapping[Market, Ranges]) -> pa.Table:
    rows = [
        {
            "exchange": market.exchange,
            "symbol": market.symbol,
            "ranges": [msgspec.structs.asdict(one) for one in ranges],
            "newest": ranges[-1].last,
        }
        for market, ranges in ids.items()
    ]
    return pa.Table.from_pylist(rows, _RANGES)
