"""Judged trades → `raw_trades` and `dq_rejects`, by one pass over the files."""

from collections.abc import Sequence
from functools import reduce
from typing import Final

import msgspec
import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from coattail_common import lake
from coattail_common.contracts import SCHEMA_VERSION, Origin
from coattail_replay.landed import TRADES_WITHOUT_SIDE, Account, LandedMarket
from coattail_replay.place import PLACE, TRADE_FIELDS, VERDICT
from coattail_replay.sources import Source
from coattail_replay.spark import identity
from coattail_replay.spark.reading import Judged
from stream_detectors.deduplication import MARKET
from stream_detectors.lakehouse import DQ_REJECTS, RAW_TRADES, Lakehouse, Table

_TO_TABLE: Final = {
    "timestamptz": "timestamp_micros({0}) AS {0}",
    "decimal(38,18)": "CAST({0} AS decimal(38,18)) AS {0}",
}
_MADE: Final = {
    "base": "substring_index(symbol, '-', 1)",
    "quote": "substring_index(symbol, '-', -1)",
    "event_id": "concat(exchange, ':', symbol, ':', trade_id)",
    "origin": f"'{Origin.BACKFILL}'",
    "schema_version": str(SCHEMA_VERSION),
}


_CARRIED: Final = (*PLACE, *(name for name in TRADE_FIELDS if name not in _MADE), VERDICT, "line")
"""What has to travel between tasks; the rest is the same for all, or follows from it."""


class Landed(msgspec.Struct, frozen=True):
    """The rows as they were persisted: `count` of them were read, and `refused` of these were no valid trades.

    Those that are refused for their id, which came before with other contents, are not among these yet.
    """

    rows: DataFrame
    count: int
    refused: int

    @property
    def trades(self) -> DataFrame:
        """The valid trades, each once, with the columns of the wire. Those of the table, without reading it."""
        return trades_of(self.rows)


def land(lakehouse: Lakehouse, judged: Sequence[Judged], partitions: int) -> Landed:
    """Land the trades."""
    counted, seen = zip(*(_counted(one) for one in judged), strict=True)
    landed = once(counted, partitions).persist(StorageLevel.MEMORY_AND_DISK)
    trades = trades_of(landed)
    if any(one.has_side for one in judged):
        lakehouse.append(RAW_TRADES, _as_table(trades.where("side IS NOT NULL"), RAW_TRADES), {})
    if not all(one.has_side for one in judged):
        lakehouse.create((TRADES_WITHOUT_SIDE,))
        lakehouse.append(TRADES_WITHOUT_SIDE, _as_table(trades.where("side IS NULL"), TRADES_WITHOUT_SIDE), {})
    found = [one.get for one in seen]
    return Landed(
        landed,
        count=sum(one["rows"] for one in found),
        refused=sum(one["refused"] for one in found),
    )


def account(spark: SparkSession, lakehouse: Lakehouse, landed: Landed, sources: Sequence[Source], now: int) -> Account:
    """Land what was refused, `now` (UTC, µs), and count what there is."""
    is_trade = F.col(VERDICT).isNull()
    rows = (
        landed.rows.groupBy(VERDICT, *(F.when(is_trade, F.col(name)).alias(name) for name in MARKET))
        .agg(
            F.count("*").alias("rows"),
            F.min("timestamp").alias("first"),
            F.max("timestamp").alias("last"),
            F.count_if(F.col("side").isNull()).alias("without_side"),
        )
        .collect()
    )
    markets = [
        LandedMarket(row["exchange"], row["symbol"], row["rows"], row["first"], row["last"])
        for row in rows
        if row[VERDICT] is None
    ]
    refused = {row[VERDICT]: row["rows"] for row in rows if row[VERDICT] is not None}
    if refused:
        lakehouse.append(DQ_REJECTS, _rejects(spark, landed.rows, sources, now), {})
    return Account(
        tuple(sorted(markets, key=lambda one: (one.exchange, one.symbol))),
        sum(row["without_side"] for row in rows if row[VERDICT] is None),
        dict(sorted(refused.items())),
    )


def once(judged: Sequence[Judged], partitions: int) -> DataFrame:
    """The rows, of trades each once and with an id."""
    parts = []
    for has_ids, identified in ((True, identity.once), (False, identity.with_ids)):
        frames = [one.frame.select(*_CARRIED) for one in judged if one.has_ids is has_ids]
        if frames:
            parts.append(identified(reduce(DataFrame.unionAll, frames), partitions))
    return reduce(DataFrame.unionAll, parts)


def trades_of(rows: DataFrame) -> DataFrame:
    """Those that are trades, with the columns of the wire."""
    made = {name: F.expr(sql) for name, sql in _MADE.items()}
    return rows.where(F.col(VERDICT).isNull()).withColumns(made).select(*TRADE_FIELDS)


def _counted(judged: Judged) -> tuple[Judged, Observation]:
    """The same, counting `rows` and `refused` while they are read."""
    seen = Observation()
    counts = (F.count("*").alias("rows"), F.count(VERDICT).alias("refused"))
    return msgspec.structs.replace(judged, frame=judged.frame.observe(seen, *counts)), seen


def _as_table(trades: DataFrame, table: Table) -> DataFrame:
    return trades.selectExpr(
        *(_TO_TABLE.get(column.type, "{0}").format(column.name) for column in lake.columns(table.rows))
    )


def _rejects(spark: SparkSession, rows: DataFrame, sources: Sequence[Source], now: int) -> DataFrame:
    """The refused rows: the file stands for the shard, the row for the sequence number."""
    files = spark.createDataFrame(
        pa.table({"source": [one.number for one in sources], "file": [str(one.path) for one in sources]})
    )
    moment = F.expr(f"timestamp_micros({now})")
    return (
        rows.where(F.col(VERDICT).isNotNull())
        .join(F.broadcast(files), "source")
        .select(
            moment.alias("rejected_at"),
            F.substring_index(VERDICT, ".", 1).alias("reason"),
            F.col(VERDICT).alias("rule"),
            F.col("line").cast("binary").alias("line"),
            F.col("file").alias("shard_id"),
            F.col("row").cast("string").alias("sequence_number"),
            F.lit(0).alias("line_number"),
            moment.alias("arrived_at"),
        )
    )
