"""The engines of the replay as tests ask them: what each makes of files, before it lands anything."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Protocol

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from coattail_common.contracts import SCHEMA_VERSION, Origin, event_id
from coattail_common.ids import Market
from coattail_replay.arrow import identity
from coattail_replay.arrow.reading import Reader
from coattail_replay.arrow.trades import NO_SIDE, SIDES, Markets
from coattail_replay.naming import Naming
from coattail_replay.sources import Source
from coattail_replay.spark.landing import once, trades_of
from coattail_replay.spark.preparing import judged, prepare

type RowFields = dict[str, object]
"""A row as the wire has it, with `source`, `row`, `verdict` and `line`; of a refused one only these."""


class Engine(Protocol):
    """What an engine makes of files, before it lands anything."""

    def read(self, sources: Sequence[Source], naming: Naming) -> list[RowFields]:
        """Every row, in the order of the files."""
        ...

    def once(self, sources: Sequence[Source], naming: Naming) -> list[RowFields]:
        """The same, of trades each once and with an id; conflicts are among the refused."""
        ...


class SparkRows:
    """Spark's."""

    def __init__(self, spark: SparkSession, work: Path) -> None:
        self._spark = spark
        self._works = (work / f"spark-{number}" for number in count())

    def read(self, sources: Sequence[Source], naming: Naming) -> list[RowFields]:
        prepared = prepare(sources, naming, next(self._works), lambda _: None)
        found = [row.asDict() for one in judged(self._spark, prepared, naming) for row in one.frame.collect()]
        return _in_order(found)

    def once(self, sources: Sequence[Source], naming: Naming) -> list[RowFields]:
        prepared = prepare(sources, naming, next(self._works), lambda _: None)
        rows = once(judged(self._spark, prepared, naming), partitions=3).persist()
        found = self.of(rows)
        rows.unpersist()
        return found

    @staticmethod
    def of(rows: DataFrame) -> list[RowFields]:
        """The rows of `once`."""
        trades = [row.asDict() | {"verdict": None} for row in trades_of(rows).collect()]
        refused = [row.asDict() for row in rows.where("verdict IS NOT NULL").collect()]
        return trades + _in_order(refused)


class ArrowRows:
    """Arrow's. `kept` bytes of trades stay in memory."""

    def __init__(self, work: Path, kept: int = 1 << 20) -> None:
        self._works = (work / f"arrow-{number}" for number in count())
        self._kept = kept

    def read(self, sources: Sequence[Source], naming: Naming) -> list[RowFields]:
        reader, markets = self._reader(sources, naming)
        found = _refused(reader, [])
        for spill, has_ids in ((reader.with_ids, True), (reader.without_ids, False)):
            for number in spill.pieces:
                for rows in spill.stretches(number):
                    found += [_fields(row, markets[number], has_id=has_ids) for row in rows.to_pylist()]
        return _in_order(found)

    def once(self, sources: Sequence[Source], naming: Naming) -> list[RowFields]:
        reader, markets = self._reader(sources, naming)
        conflicts: list[identity.Conflict] = []
        trades: list[RowFields] = []
        for number in markets.in_order():
            kept: list[pa.Table] = []
            if number in reader.with_ids.pieces:
                for rows in reader.with_ids.stretches(number):
                    one, found = identity.once(rows, markets[number])
                    kept.append(one)
                    conflicts += found
            if number in reader.without_ids.pieces:
                kept += map(identity.with_ids, reader.without_ids.stretches(number))
            trades += [_fields(row, markets[number], has_id=True) for rows in kept for row in rows.to_pylist()]
        return trades + _refused(reader, conflicts)

    def _reader(self, sources: Sequence[Source], naming: Naming) -> tuple[Reader, Markets]:
        markets = Markets()
        reader = Reader(next(self._works), naming, markets, threads=2, kept=self._kept)
        reader.read(sources, lambda _: None)
        return reader, markets


def _refused(reader: Reader, conflicts: Sequence[identity.Conflict]) -> list[RowFields]:
    reader.rejects.add([(one.source, one.row, one.rule, one.line) for one in conflicts])
    reader.rejects.close()
    return _in_order(
        [
            {
                "source": row["source"],
                "row": row["row"],
                "verdict": row["rule"],
                "line": row["line"].decode("utf-8", "replace"),
            }
            for batch in reader.rejects.batches()
            for row in batch.to_pylist()
        ]
    )


def _fields(row: RowFields, market: Market, *, has_id: bool) -> RowFields:
    trade_id = int(str(row["key"])) if has_id else 0
    scales = [int(str(row[name])) for name in ("price_scale", "quantity_scale")]
    side = int(str(row["side"]))
    return {
        "source": row["source"],
        "row": row["row"],
        "event_id": event_id(market.exchange, market.symbol, trade_id),
        "exchange": market.exchange,
        "symbol": market.symbol,
        "base": market.symbol.partition("-")[0],
        "quote": market.symbol.partition("-")[2],
        "trade_id": trade_id,
        "price": f"{row['price']:.{scales[0]}f}",
        "quantity": f"{row['quantity']:.{scales[1]}f}",
        "quote_volume": f"{row['quote_volume']:.{min(sum(scales), 18)}f}",
        "side": None if side == NO_SIDE else SIDES[side].value,
        "timestamp": row["timestamp"],
        "ingestion_timestamp": row["ingestion_timestamp"],
        "origin": Origin.BACKFILL.value,
        "schema_version": SCHEMA_VERSION,
        "verdict": None,
        "line": None,
    }


def _in_order(rows: list[RowFields]) -> list[RowFields]:
    return sorted(rows, key=lambda row: (row["source"], row["row"]))  # type: ignore[arg-type,return-value]
