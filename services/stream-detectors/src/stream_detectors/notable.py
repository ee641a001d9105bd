"""The fills worth a look among trades that are all there, found by SQL: for the replay on Spark."""

from typing import Final

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from coattail_detectors.kernel.observed import Wanted
from stream_detectors import records
from stream_detectors.deduplication import MARKET

_FILL: Final = ("quote", "trade_id", "side", "timestamp", "price", "quantity", "quote_volume")


def notable(trades: DataFrame, wanted: Wanted) -> DataFrame:
    """The fills of the bursts that reach the floor, among valid trades with `burst` and `amount`."""
    return _of_bursts(trades, large_bursts(trades, wanted))


def large_bursts(trades: DataFrame, wanted: Wanted) -> DataFrame:
    """The bursts whose sum reaches the floor, in US dollars; those in quotes without a rate are none."""
    rate = F.lit(None)
    for quote, value in wanted.rates.items():
        rate = F.when(F.col("quote") == quote, float(value)).otherwise(rate)
    # Half a unit below the floor: the sum of doubles only proposes, the exact decimals decide.
    least = float(wanted.floor or 0) - 0.5
    return (
        trades.groupBy(records.BURST)
        .agg(F.sum(F.col(records.AMOUNT) * rate).alias("sum"))
        .where(F.col("sum") >= least)
        .select(records.BURST)
    )


def _of_bursts(trades: DataFrame, bursts: DataFrame) -> DataFrame:
    """The fills of the bursts. Two bursts that share a hash by chance are brought together; what reads the fills tells them apart."""
    return trades.join(F.broadcast(bursts), records.BURST, "left_semi").select(*MARKET, *_FILL)
