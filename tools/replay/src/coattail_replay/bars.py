"""Price and volume over time, coarse enough to draw."""

from collections.abc import Sequence
from typing import Final

import msgspec
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from coattail_replay.landing import LandedMarket
from stream_detectors.deduplication import MARKET

_BARS: Final = 600
"""About as many as a picture can show."""
_WIDTHS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400)
"""Seconds."""


class PriceBars(msgspec.Struct, frozen=True):
    """A market's bars of `seconds`, by time: their starts (UTC, µs), the lowest and highest price, the average weighted by volume, and
    the volume in base units."""

    exchange: str
    symbol: str
    seconds: int
    starts: list[int]
    lows: list[float]
    highs: list[float]
    averages: list[float]
    volumes: list[float]


def width(market: LandedMarket) -> int:
    """How long a bar is (s), for so much time as the market's trades span."""
    span = (market.last - market.first) / 1e6
    return next((seconds for seconds in _WIDTHS if span / seconds <= _BARS), round(span / _BARS / 86_400) * 86_400)


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
