"""Judged trades → `raw_trades` and `dq_rejects`, by one pass over the files; a second one only where something was refused."""

from collections.abc import Sequence
from functools import reduce
from typing import Final

import msgspec
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from coattail_common import lake
from coattail_common.contracts import SCHEMA_VERSION, Origin, Trade
from coattail_replay import identity
from coattail_replay.reading import Judged
from coattail_replay.sources import Source
from coattail_replay.wire import PLACE
from stream_detectors.lakehouse import DQ_REJECTS, RAW_TRADES, Lakehouse
from stream_detectors.records import TRADE_FIELDS, VERDICT

_TO_TABLE: Final = {
    "timestamptz": "timestamp_micros({0}) AS {0}",
    "decimal(38,18)": "CAST({0} AS decimal(38,18)) AS {0}",
}
_TO_WIRE: Final = {"timestamptz": "unix_micros({0}) AS {0}"}
_MADE: Final = ("event_id", "origin", "schema_version")
CARRIED: Final = (*PLACE, *(name for name in TRADE_FIELDS if name not in _MADE))
"""What has to travel between tasks; the rest is the same for all, or follows from it."""


class Landed(msgspec.Struct, frozen=True):
    """What became of the rows: how many there were, how many were no valid trades, and how many were the same trade again."""

    rows: int
    refused: int
    duplicates: int


class Market(msgspec.Struct, frozen=True):
    """A market's trades in the table, and when the first and the last of them happened and the last was received (UTC, µs)."""

    exchange: str
    symbol: str
    trades: int
    first: int
    last: int
    received: int


def land(
    spark: SparkSession,
    lakehouse: Lakehouse,
    judged: Sequence[Judged],
    sources: Sequence[Source],
    partitions: int,
    now: int,
) -> tuple[Landed, list[Market]]:
    """Land everything; `now` (UTC, µs) is when rows are refused. What became of the rows, and the markets by their names."""
    counted = [one.counted(*CARRIED) for one in judged]
    lakehouse.append(RAW_TRADES, _as_table(trades_of([one for one, _ in counted], partitions)), {})
    rows, refused = (sum(int(seen.get[name]) for _, seen in counted) for name in ("rows", "refused"))
    if refused:
        lakehouse.append(
            DQ_REJECTS,
            _rejects(
                spark,
                [
                    one.where_refused(seen)
                    for one, (_, seen) in zip(judged, counted, strict=True)
                    if seen.get["refused"]
                ],
                sources,
                now,
            ),
            {},
        )
    markets = _markets(spark, lakehouse)
    return Landed(rows, refused, rows - refused - sum(one.trades for one in markets)), markets


def landed_trades(spark: SparkSession, lakehouse: Lakehouse) -> DataFrame:
    """The trades of the table with the columns of the wire, but amounts stay decimals: as text they would only be read again."""
    columns = (_TO_WIRE.get(column.type, "{0}").format(column.name) for column in lake.columns(Trade))
    return spark.table(lakehouse.name(RAW_TRADES)).selectExpr(*columns)


def refusals(spark: SparkSession, lakehouse: Lakehouse) -> dict[str, int]:
    """Rule → how many rows it refused."""
    rows = spark.table(lakehouse.name(DQ_REJECTS)).groupBy("rule").count().orderBy("rule").collect()
    return {row["rule"]: row["count"] for row in rows}


def trades_of(judged: Sequence[Judged], partitions: int) -> DataFrame:
    """The valid trades, each once, those without an id with one made for them. `judged` are counted."""
    parts = []
    for has_ids, identified in ((True, identity.once), (False, identity.with_ids)):
        frames = [one.frame for one in judged if one.has_ids is has_ids]
        if frames:
            every = reduce(DataFrame.unionAll, frames)
            trades = every.where(F.col(VERDICT).isNull()).drop(VERDICT)
            parts.append(identified(trades, partitions).drop(*PLACE))
    return reduce(DataFrame.unionAll, parts)


def _as_table(trades: DataFrame) -> DataFrame:
    fixed = {
        "event_id": F.expr("concat(exchange, ':', symbol, ':', trade_id)"),
        "origin": F.lit(Origin.BACKFILL.value),
        "schema_version": F.lit(SCHEMA_VERSION),
    }
    columns = (_TO_TABLE.get(column.type, "{0}").format(column.name) for column in lake.columns(Trade))
    return trades.withColumns(fixed).selectExpr(*columns)


def _rejects(spark: SparkSession, judged: Sequence[DataFrame], sources: Sequence[Source], now: int) -> DataFrame:
    """The refused rows: the file stands for the shard, the row for the sequence number."""
    refused = reduce(
        DataFrame.unionAll,
        (
            Judged(one, has_ids=True).counted(*PLACE, "line")[0].frame.where(F.col(VERDICT).isNotNull())
            for one in judged
        ),
    )
    files = spark.createDataFrame(
        pa.table({"source": [one.number for one in sources], "file": [str(one.path) for one in sources]})
    )
    moment = F.expr(f"timestamp_micros({now})")
    return refused.join(F.broadcast(files), "source").select(
        moment.alias("rejected_at"),
        F.substring_index(VERDICT, ".", 1).alias("reason"),
        F.col(VERDICT).alias("rule"),
        F.col("line").cast("binary").alias("line"),
        F.col("file").alias("shard_id"),
        F.col("row").cast("string").alias("sequence_number"),
        F.lit(0).alias("line_number"),
        moment.alias("arrived_at"),
    )


def _markets(spark: SparkSession, lakehouse: Lakehouse) -> list[Market]:
    rows = (
        spark.table(lakehouse.name(RAW_TRADES))
        .groupBy("exchange", "symbol")
        .agg(
            F.count("*").alias("trades"),
            F.unix_micros(F.min("timestamp")).alias("first"),
            F.unix_micros(F.max("timestamp")).alias("last"),
            F.unix_micros(F.max("ingestion_timestamp")).alias("received"),
        )
        .orderBy("exchange", "symbol")
        .collect()
    )
    return [Market(**row.asDict()) for row in rows]
