"""The bars that pictures are drawn of, by Spark."""

from collections.abc import Sequence

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from coattail_replay.landed import LandedMarket
from coattail_replay.prices import PriceBars, width
from stream_detectors.deduplication import MARKET


def price_bars(trades: DataFrame, markets: Sequence[LandedMarket]) -> list[PriceBars]:
    """The bars of each market. `trades` have the columns of the wire."""
    widths = {(one.exchange, one.symbol): width(one) for one in markets}
    table = pa.table(
        {
            "exchange": [exchange for exchange, _ in widths],
            "symbol": [symbol for _, symbol in widths],
            "width": pa.array([seconds * 1_000_000 for seconds in widths.values()], pa.int64()),
        }
    )
    price, quantity = (F.col(name).cast("double") for name in ("price", "quantity"))
    rows = (
        trades.join(F.broadcast(trades.sparkSession.createDataFrame(table)), list(MARKET))
        .withColumn("start", F.expr("timestamp div width * width"))
        .groupBy(*MARKET, "start")
        .agg(
            F.min(price).alias("low"),
            F.max(price).alias("high"),
            (F.sum(F.col("quote_volume").cast("double")) / F.sum(quantity)).alias("average"),
            F.sum(quantity).alias("volume"),
        )
        .orderBy(*MARKET, "start")
        .collect()
    )
    found: dict[tuple[str, str], PriceBars] = {}
    for row in rows:
        market = (row["exchange"], row["symbol"])
        bars = found.setdefault(market, PriceBars(*market, widths[market], [], [], [], [], []))
        bars.starts.append(row["start"])
        bars.lows.append(row["low"])
        bars.highs.append(row["high"])
        bars.averages.append(row["average"])
        bars.volumes.append(row["volume"])
    return list(found.values())
