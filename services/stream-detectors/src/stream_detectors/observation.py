"""What a batch comes down to before it reaches Python: which ids came, what was refused, and the few fills worth a look.

The heavy part is native: per market a bitmap of ids, and the sums of what each side took in each millisecond (a *burst*). Only
the fills of the bursts that reach the floor, and of those at the edges of what came, are collected; Python states them exactly.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

import msgspec
import pyarrow as pa
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F  # noqa: N812

from coattail_common.ids import Market, Ranges, merge
from coattail_detectors.kernel.observed import Bar, Fill, MarketFills, Wanted
from coattail_detectors.kernel.watermark import Shard
from stream_detectors import bars, bitmaps, contents, records
from stream_detectors.contents import Bucket, Contents
from stream_detectors.deduplication import MARKET
from stream_detectors.source.positions import Positions, furthest

MOST_AT_HOLES: Final = 10_000
_MARKS: Final = "marks"
_FILL: Final = ("quote", "trade_id", "side", "timestamp", "price", "quantity", "quote_volume")


class Observation(msgspec.Struct, frozen=True):
    """A batch, seen: valid trades counted by market with repeats, their ids and contents, refusals by rule, the fills worth a look,
    the bars (repeats counted again), how late it is in each shard, how far in the stream it reaches, and the least time (µs) between an
    exchange's connector and Kinesis by their two clocks: far from a second, the connector's clock is off."""

    lines: dict[Market, int]
    ids: dict[Market, Ranges]
    contents: Contents
    refused: dict[str, int]
    fills: tuple[MarketFills, ...]
    bars: tuple[Bar, ...]
    times: dict[Shard, int]
    positions: Positions
    delays: dict[str, int] = {}

    @property
    def trades(self) -> int:
        """Valid trades, with repeats."""
        return sum(self.lines.values())


def observe(judged: DataFrame, wanted: Wanted) -> Observation:
    """Look at a batch of judged lines (persisted by the caller: it is read more than once)."""
    looks = _arrivals(judged)
    if wanted.bar:
        # One job for both: each reads the batch, side by side.
        looks = looks.unionByName(bars.aggregated(records.valid(judged), wanted.bar), allowMissingColumns=True)
    # As Arrow: as rows, each of the thousands of marks would be a Python number.
    looked = looks.toArrow()
    rows = looked.drop_columns([_MARKS]).to_pylist()
    marks = Contents()
    refused: Counter[str] = Counter()
    ids: defaultdict[Market, list[Ranges]] = defaultdict(list)
    lines: Counter[Market] = Counter()
    times: dict[Shard, int] = {}
    delays: dict[str, int] = {}
    edges: set[int] = set()
    for row, row_marks in zip(rows, looked.column(_MARKS), strict=True):
        if row["shard_id"] is None:
            continue
        if row[records.VERDICT] is None:
            market, shard = Market(row["exchange"], row["symbol"]), Shard(row["exchange"], row["shard_id"])
            ids[market].append(tuple(bitmaps.id_ranges(row["bucket"], row["ids"])))
            marks.add(Bucket(market, row["bucket"]), row_marks.values)
            lines[market] += row["lines"]
            times[shard] = max(times.get(shard, 0), row["time"])
            delays[shard.exchange] = min(delays.get(shard.exchange, row["delay"]), row["delay"])
            edges |= {row["first_burst"], row["last_burst"]}
        else:
            refused[row[records.VERDICT]] += row["lines"]
    found = {market: merge(*parts) for market, parts in ids.items()}
    return Observation(
        lines=dict(lines),
        ids=found,
        contents=marks,
        refused=dict(refused),
        fills=_fills(judged, edges, _at_holes(found), wanted),
        bars=bars.of(row for row in rows if row["shard_id"] is None),
        times=times,
        delays=delays,
        positions=furthest((row["shard_id"], str(int(row["reaches"]))) for row in rows if row["shard_id"] is not None),
    )


def _arrivals(judged: DataFrame) -> DataFrame:
    """Rows by verdict and shard, for valid trades by market and bucket too: how many lines, the bitmap of ids, the marks of contents,
    the bursts that the first and the last id belong to, how far the lines reach."""
    is_valid = F.col(records.VERDICT).isNull()
    arrival = F.unix_micros("arrived_at")
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
            F.when(is_valid, contents.mark()).alias("mark"),
            F.when(is_valid, bars.event_time(arrival)).alias("time"),
            F.when(is_valid, arrival - F.col("ingestion_timestamp")).alias("delay"),
        )
        .groupBy(records.VERDICT, "shard_id", *MARKET, "bucket")
        .agg(
            F.count("*").alias("lines"),
            F.bitmap_construct_agg("bit").alias("ids"),
            F.collect_list("mark").alias(_MARKS),
            F.min_by(records.BURST, "trade_id").alias("first_burst"),
            F.max_by(records.BURST, "trade_id").alias("last_burst"),
            F.max("time").alias("time"),
            F.min("delay").alias("delay"),
            F.max(records.sequence()).alias("reaches"),
        )
    )


def _at_holes(ids: Mapping[Market, Ranges]) -> pa.Table | None:
    """The ids beside the holes in what a batch brought: their bursts may have fills that come later. None without holes.

    With more holes than anybody could look at, as where ids are no consecutive numbers, there is none either.
    """
    rows = [
        (market.exchange, market.symbol, trade_id)
        for market, ranges in ids.items()
        if len(ranges) > 1
        for one in ranges
        for trade_id in {one.first, one.last}
    ]
    if not rows or len(rows) > MOST_AT_HOLES:
        return None
    return pa.Table.from_arrays([pa.array(column) for column in zip(*rows, strict=True)], names=[*MARKET, "trade_id"])


def _fills(judged: DataFrame, edges: set[int], at_holes: pa.Table | None, wanted: Wanted) -> tuple[MarketFills, ...]:
    if wanted.floor is None or not edges:
        return ()
    spark = judged.sparkSession
    trades = judged.where(F.col(records.VERDICT).isNull())
    at_edges = spark.createDataFrame(pa.table({records.BURST: pa.array(sorted(edges), pa.int64())}))
    bursts = large_bursts(trades, wanted).unionAll(at_edges)
    if at_holes is not None:
        beside = trades.join(F.broadcast(spark.createDataFrame(at_holes)), [*MARKET, "trade_id"], "left_semi")
        bursts = bursts.unionAll(beside.select(records.BURST))
    return by_market(_of_bursts(trades, bursts).collect())


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


def by_market(rows: Iterable[Row]) -> tuple[MarketFills, ...]:
    """The rows of `notable` by market and id, each once."""
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
