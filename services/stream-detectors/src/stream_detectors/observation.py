"""What a batch comes down to before it reaches Python: which ids came, what was refused, and the few fills worth a look.

The heavy part is native: per market a bitmap of ids, and the sums of what each side took in each millisecond. Only the fills
of the milliseconds that reach the floor, and of each market's first and last, are collected; Python states them exactly.
"""

from collections import defaultdict
from decimal import Decimal
from typing import Final

import msgspec
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F  # noqa: N812

from stream_detectors import bitmaps, records
from stream_detectors.deduplication import MARKET
from stream_detectors.ranges import Market, Ranges, merge

_GROUP: Final = (*MARKET, "side", "millisecond")
_FILL: Final = ("quote", "trade_id", "side", "timestamp", "price", "quantity", "quote_volume")


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """One trade, exact. `timestamp` in µs, `price` and `amount` in quote units, `quantity` in base units."""

    trade_id: int
    side: str
    timestamp: int
    price: Decimal
    quantity: Decimal
    amount: Decimal


class MarketFills(msgspec.Struct, frozen=True):
    """The fills of one market that are worth a look, by ascending id and each once; `quote` is its quote currency."""

    market: Market
    quote: str
    fills: tuple[Fill, ...]


class Observation(msgspec.Struct, frozen=True):
    """A batch, seen: valid trades counted with repeats, their ids by market, refusals by rule, and the fills worth a look."""

    trades: int
    ids: dict[Market, Ranges]
    refused: dict[str, int]
    fills: tuple[MarketFills, ...]


def observe(judged: DataFrame, floor: Decimal) -> Observation:
    """Look at a batch of judged lines (persisted by the caller: it is read twice). `floor` in quote units."""
    counts: dict[str, int] = {}
    trades = 0
    ids: defaultdict[Market, list[Ranges]] = defaultdict(list)
    for row in _arrivals(judged).collect():
        if row[records.VERDICT] is not None:
            counts[row[records.VERDICT]] = row["lines"]
            continue
        trades += row["lines"]
        ids[Market(row["exchange"], row["symbol"])].append(tuple(bitmaps.id_ranges(row["bucket"], row["ids"])))
    fills = _by_market(_notable(records.valid(judged), float(floor)).collect()) if trades else ()
    return Observation(trades, {market: merge(*parts) for market, parts in ids.items()}, counts, fills)


def _arrivals(judged: DataFrame) -> DataFrame:
    """Rows: the verdict and its count; for valid trades by market and bucket, with the bitmap of ids."""
    is_valid = F.col(records.VERDICT).isNull()
    return (
        judged.select(
            records.VERDICT,
            *(F.when(is_valid, F.col(name)).alias(name) for name in MARKET),
            F.when(is_valid, F.bitmap_bucket_number("trade_id")).alias("bucket"),
            F.when(is_valid, F.bitmap_bit_position("trade_id")).alias("bit"),
        )
        .groupBy(records.VERDICT, *MARKET, "bucket")
        .agg(F.count("*").alias("lines"), F.bitmap_construct_agg("bit").alias("ids"))
    )


def _notable(trades: DataFrame, floor: float) -> DataFrame:
    """The fills of every (market, side, millisecond) whose sum reaches the floor, or that holds its market's first or last id."""
    amount = F.col("quote_volume").cast("double")
    by_millisecond = trades.withColumn("millisecond", F.expr("timestamp div 1000"))
    groups = by_millisecond.groupBy(*_GROUP).agg(
        F.sum(amount).alias("amount"), F.min("trade_id").alias("first"), F.max("trade_id").alias("last")
    )
    edges = groups.groupBy(*MARKET).agg(F.min("first").alias("market_first"), F.max("last").alias("market_last"))
    # Half a unit below the floor: the sum of doubles only proposes, the exact decimals decide.
    notable = groups.join(F.broadcast(edges), list(MARKET)).where(
        (F.col("amount") >= floor - 0.5)
        | (F.col("first") == F.col("market_first"))
        | (F.col("last") == F.col("market_last"))
    )
    return by_millisecond.join(F.broadcast(notable.select(*_GROUP)), list(_GROUP), "left_semi").select(*MARKET, *_FILL)


def _by_market(rows: list[Row]) -> tuple[MarketFills, ...]:
    quotes: dict[Market, str] = {}
    fills: defaultdict[Market, dict[int, Fill]] = defaultdict(dict)
    for row in rows:
        market = Market(row["exchange"], row["symbol"])
        quotes[market] = row["quote"]
        fills[market][row["trade_id"]] = Fill(
            trade_id=row["trade_id"],
            side=row["side"],
            timestamp=row["timestamp"],
            price=Decimal(row["price"]),
            quantity=Decimal(row["quantity"]),
            amount=Decimal(row["quote_volume"]),
        )
    return tuple(
        MarketFills(market, quotes[market], tuple(one for _, one in sorted(found.items())))
        for market, found in sorted(fills.items())
    )
