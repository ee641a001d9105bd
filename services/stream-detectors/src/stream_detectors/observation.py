"""What a batch comes down to before it reaches Python: which ids came, what was refused, and the few fills worth a look.

The heavy part is native: per market a bitmap of ids, and the sums of what each side took in each millisecond (a *burst*). Only
the fills of the bursts that reach the floor, and of each market's first and last, are collected; Python states them exactly.
"""

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Final

import msgspec
import pyarrow as pa
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F  # noqa: N812

from stream_detectors import bitmaps, records
from stream_detectors.deduplication import MARKET
from stream_detectors.ranges import Market, Ranges, merge
from stream_detectors.source.positions import Positions, furthest

SEQUENCE_DIGITS: Final = 64
"""Sequence numbers are decimal integers of differing lengths; padded to this they compare as strings do."""
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
    """A batch, seen: valid trades counted with repeats, their ids by market, refusals by rule, the fills worth a look, and how far
    in the stream it reaches."""

    trades: int
    ids: dict[Market, Ranges]
    refused: dict[str, int]
    fills: tuple[MarketFills, ...]
    positions: Positions


def observe(judged: DataFrame, floor: Decimal) -> Observation:
    """Look at a batch of judged lines (persisted by the caller: it is read more than once). `floor` in quote units."""
    arrivals = _arrivals(judged).collect()
    refused: Counter[str] = Counter()
    ids: defaultdict[Market, list[Ranges]] = defaultdict(list)
    edges: set[int] = set()
    for row in arrivals:
        if row[records.VERDICT] is None:
            ids[Market(row["exchange"], row["symbol"])].append(tuple(bitmaps.id_ranges(row["bucket"], row["ids"])))
            edges |= {row["first_burst"], row["last_burst"]}
        else:
            refused[row[records.VERDICT]] += row["lines"]
    return Observation(
        trades=sum(row["lines"] for row in arrivals) - refused.total(),
        ids={market: merge(*parts) for market, parts in ids.items()},
        refused=dict(refused),
        fills=_by_market(_notable(judged, edges, float(floor)).collect()) if edges else (),
        positions=furthest((row["shard_id"], str(int(row["reaches"]))) for row in arrivals),
    )


def _arrivals(judged: DataFrame) -> DataFrame:
    """Rows by verdict and shard, for valid trades by market and bucket too: how many lines, the bitmap of ids, the bursts that the
    first and the last id belong to, how far the lines reach."""
    is_valid = F.col(records.VERDICT).isNull()
    return (
        judged.select(
            records.VERDICT,
            records.BURST,
            "trade_id",
            "shard_id",
            "sequence_number",
            *(F.when(is_valid, F.col(name)).alias(name) for name in MARKET),
            F.when(is_valid, F.bitmap_bucket_number("trade_id")).alias("bucket"),
            F.when(is_valid, F.bitmap_bit_position("trade_id")).alias("bit"),
        )
        .groupBy(records.VERDICT, "shard_id", *MARKET, "bucket")
        .agg(
            F.count("*").alias("lines"),
            F.bitmap_construct_agg("bit").alias("ids"),
            F.min_by(records.BURST, "trade_id").alias("first_burst"),
            F.max_by(records.BURST, "trade_id").alias("last_burst"),
            F.max(F.lpad("sequence_number", SEQUENCE_DIGITS, "0")).alias("reaches"),
        )
    )


def _notable(judged: DataFrame, edges: set[int], floor: float) -> DataFrame:
    """The fills of every burst whose sum reaches the floor, and of the bursts at the edges of the markets.

    Two bursts that share a hash by chance are brought together; what reads the fills tells them apart.
    """
    trades = judged.where(F.col(records.VERDICT).isNull())
    # Half a unit below the floor: the sum of doubles only proposes, the exact decimals decide.
    large = trades.groupBy(records.BURST).agg(F.sum(records.AMOUNT).alias("sum")).where(F.col("sum") >= floor - 0.5)
    at_edges = judged.sparkSession.createDataFrame(pa.table({records.BURST: pa.array(sorted(edges), pa.int64())}))
    notable = large.select(records.BURST).unionAll(at_edges)
    return trades.join(F.broadcast(notable), records.BURST, "left_semi").select(*MARKET, *_FILL)


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
