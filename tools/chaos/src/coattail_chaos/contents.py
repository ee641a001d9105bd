"""What the tables hold, counted by Spark in a process of its own: `python -m coattail_chaos.contents WAREHOUSE DATABASE`."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812

from coattail_chaos import spark
from coattail_common.ids import Market, Ranges, size
from coattail_common.tables import ANOMALY_ALERTS, DQ_REJECTS, RAW_TRADES, Table
from coattail_detectors import ModuleRegistry
from stream_detectors.lakehouse import Lakehouse


class MarketRows(msgspec.Struct, frozen=True):
    """The rows of a market in `raw_trades`, and the ids that they have."""

    market: Market
    ids: Ranges
    rows: int

    @property
    def doubled(self) -> int:
        """How many rows repeat a trade."""
        return self.rows - size(self.ids)


class Contents(msgspec.Struct, frozen=True):
    """`alerts`, `refused` and `found`: the key of a row → how many rows have it. `found` are those of the modules' tables, by their names.

    `landings`: the snapshots of `raw_trades` that added rows.
    """

    trades: tuple[MarketRows, ...]
    alerts: dict[str, int]
    refused: dict[str, int]
    found: dict[str, dict[str, int]]
    landings: int


def read(session: SparkSession, database: str) -> Contents:
    """Return what the tables of the database hold now."""
    lakehouse = Lakehouse(session, database)
    rows = session.table(lakehouse.name(RAW_TRADES)).groupBy("exchange", "symbol").count().collect()
    counts = {Market(row["exchange"], row["symbol"]): int(row["count"]) for row in rows}
    snapshots = session.table(f"{lakehouse.name(RAW_TRADES)}.snapshots")
    there = {row["tableName"] for row in session.sql(f"SHOW TABLES IN lakehouse.{database}").collect()}
    modules = [module.table for module in ModuleRegistry.load().modules if module.table.name in there]
    return Contents(
        trades=tuple(MarketRows(market, ids, counts[market]) for market, ids in sorted(lakehouse.landed_ids().items())),
        alerts=_keys(session, lakehouse, ANOMALY_ALERTS, [ANOMALY_ALERTS.key]),
        refused=_keys(session, lakehouse, DQ_REJECTS, ["shard_id", "sequence_number", "line_number"]),
        found={table.name: _keys(session, lakehouse, table, [table.key]) for table in modules},
        landings=snapshots.where("operation = 'append'").count(),
    )


def _keys(session: SparkSession, lakehouse: Lakehouse, table: Table, columns: Sequence[str]) -> dict[str, int]:
    key = F.concat_ws("/", *columns).alias("key")
    rows = session.table(lakehouse.name(table)).groupBy(key).count().collect()
    return {row["key"]: int(row["count"]) for row in rows}


def doubled(keys: Mapping[str, int]) -> int:
    """How many rows repeat another's key."""
    return sum(keys.values()) - len(keys)


def main(words: Sequence[str]) -> None:
    """Print the contents as JSON."""
    warehouse, database = words
    session = spark.started(Path(warehouse))
    sys.stdout.buffer.write(msgspec.json.encode(read(session, database)) + b"\n")
    session.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
