"""Others maintain and change our tables at any time: the application goes on, and each trade is there once."""

import itertools
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from coattail_testing.bus import FakeBus
from coattail_testkit.life import TABLES, Killed, Life
from coattail_testkit.stream import batch, record, record_of, trade
from stream_detectors.checkpoint import KEPT, Checkpoint, CheckpointStore
from stream_detectors.lakehouse import ANOMALY_ALERTS, DQ_REJECTS, RAW_TRADES, Lakehouse, Table
from stream_detectors.writing.commit import OpenTable
from stream_detectors.writing.target import Files

pytestmark = pytest.mark.spark

STREAM = [
    record_of([trade(n, "150000" if n % 10 == 5 else "100") for n in range(part * 10, part * 10 + 10)], part + 1)
    for part in range(8)
]
IDS = list(range(80))
ORDERS = list(itertools.permutations(("compact", "expire", "roll_back")))
WHALES = [f"MOD-002:whale_trade:binance:BTC-USDT:{n}" for n in IDS if n % 10 == 5]


class FakeKilled(Lakehouse):
    """Its process dies after the commit of the trades, before their tag."""

    def tag(self, table: Table, tag: str, key: str, value: str) -> None:
        if table is RAW_TRADES:
            raise Killed
        super().tag(table, tag, key, value)


class FakeKilledBefore(Lakehouse):
    """Its process dies before the commit of the trades, after that of what was refused."""

    def append(self, table: Table, frame: DataFrame, properties: Mapping[str, str]) -> None:
        if table is RAW_TRADES:
            raise Killed
        super().append(table, frame, properties)

    def append_files(self, table: Table, opened: OpenTable, written: Files, properties: Mapping[str, str]) -> None:
        if table is RAW_TRADES:
            raise Killed
        super().append_files(table, opened, written, properties)


class Tables:
    """What somebody else does to the tables of a database."""

    def __init__(self, spark: SparkSession, warehouse: Path, database: str) -> None:
        self.spark, self.warehouse, self.database = spark, warehouse, database

    def cut_off(self) -> None:
        """Compact twice and expire: the snapshots of landings are no ancestors any more."""
        self.compact()
        self.compact()
        self.expire()

    def compact(self) -> None:
        for table in TABLES:
            self._call(
                "rewrite_data_files", f"table => '{self.database}.{table.name}', options => map('rewrite-all', 'true')"
            )

    def expire(self) -> None:
        for table in TABLES:
            name = f"table => '{self.database}.{table.name}'"
            self._call("expire_snapshots", f"{name}, older_than => TIMESTAMP '2100-01-01 00:00:00', retain_last => 1")

    def roll_back(self) -> None:
        """The trades go back by one snapshot, if expiry has left one."""
        history = f"lakehouse.{self.database}.raw_trades.history"
        rows = self.spark.table(history).where("is_current_ancestor").orderBy("made_current_at").collect()
        if len(rows) > 1:
            self._call("rollback_to_snapshot", f"'{self.database}.raw_trades', {rows[-2]['snapshot_id']}")

    def add_column(self) -> None:
        for table in TABLES:
            self.spark.sql(f"ALTER TABLE lakehouse.{self.database}.{table.name} ADD COLUMN note string FIRST")

    def step_back(self) -> None:
        """The newest commit was made by a clock that had stepped back by 20 s."""
        folder = self.warehouse / self.database / "raw_trades" / "metadata"
        path = max(folder.glob("v*.metadata.json"), key=lambda one: int(one.name[1:].partition(".")[0]))
        metadata = json.loads(path.read_text())
        current = metadata["current-snapshot-id"]
        for entry in (*metadata["snapshots"], *metadata["snapshot-log"]):
            if entry["snapshot-id"] == current:
                entry["timestamp-ms"] -= 20_000
        metadata["last-updated-ms"] -= 20_000
        path.write_text(json.dumps(metadata))
        path.with_name(f".{path.name}.crc").unlink()

    def _call(self, procedure: str, arguments: str) -> None:
        self.spark.sql(f"CALL lakehouse.system.{procedure}({arguments})")


def ids(lakehouse: Lakehouse, table: Table, column: str) -> list[object]:
    return sorted(row[column] for row in lakehouse.spark.table(lakehouse.name(table)).select(column).collect())


def live(lakehouse: Lakehouse, folder: Path, parts: int, began: int = 1_800_000_000_000_000) -> Life:
    """One life, which lands so much of the stream."""
    one = Life(lakehouse, folder, FakeBus(), began=began)
    one.read(STREAM[:parts])
    one.outbox.close(30)
    one.pipeline.land()
    return one


def assert_whole(lakehouse: Lakehouse, folder: Path) -> None:
    """After one more life that lands the rest, each trade and alert is there once."""
    live(lakehouse, folder, len(STREAM))
    assert ids(lakehouse, RAW_TRADES, "trade_id") == IDS
    assert ids(lakehouse, ANOMALY_ALERTS, "alert_id") == sorted(WHALES)


def test_a_column_that_somebody_adds_stops_no_landing(spark: SparkSession, warehouse: Path, tmp_path: Path) -> None:
    """To every table, in the middle of a run, and before a start."""
    lakehouse = Lakehouse(spark, "column_added")
    one = live(lakehouse, tmp_path, 2)
    Tables(spark, warehouse, "column_added").add_column()
    one.pipeline.batch(batch(spark, [STREAM[2], record([b"not a trade"], 1, "shardId-000000000001")]), 1)
    one.pipeline.land()
    one.outbox.close(30)

    assert_whole(lakehouse, tmp_path)
    assert ids(lakehouse, DQ_REJECTS, "rule") == ["malformed.not_json"]
    assert spark.table(lakehouse.name(RAW_TRADES)).where("note IS NULL").count() == len(IDS)


def test_the_nearest_ancestor_counts_and_not_the_latest_commit(
    spark: SparkSession, warehouse: Path, tmp_path: Path
) -> None:
    """A clock that steps back by 20 s between two commits doubled the trades after a restart."""
    lakehouse = Lakehouse(spark, "stepped_back")
    live(lakehouse, tmp_path, 2)
    live(lakehouse, tmp_path, 4, began=1_800_000_000_000_000 - 20_000_000)
    Tables(spark, warehouse, "stepped_back").step_back()

    assert Life(lakehouse, tmp_path, FakeBus()).positions == {"shardId-000000000000": "4"}
    assert_whole(lakehouse, tmp_path)


@pytest.mark.parametrize("order", ORDERS, ids=["-".join(order) for order in ORDERS])
@pytest.mark.parametrize("killed", [False, True], ids=["landed", "killed"])
def test_maintenance_in_any_order_loses_and_doubles_nothing(
    spark: SparkSession, warehouse: Path, tmp_path: Path, order: tuple[str, ...], killed: bool
) -> None:
    """Also when the process dies between the commit of the trades and that of their tag."""
    database = f"maintained_{'_'.join(order)}_{killed}".lower()
    lakehouse, tables = Lakehouse(spark, database), Tables(spark, warehouse, database)
    live(lakehouse, tmp_path, 2)
    live(lakehouse, tmp_path, 4)
    if killed:
        with pytest.raises(Killed):
            live(FakeKilled(spark, database), tmp_path, 6)
    for step in order:
        act: Callable[[], None] = getattr(tables, step)
        act()
        live(Lakehouse(spark, database), tmp_path, 0)  # a start that lands nothing
    assert_whole(lakehouse, tmp_path)


def test_compaction_twice_and_expiry_leave_a_table_that_starts(
    spark: SparkSession, warehouse: Path, tmp_path: Path
) -> None:
    """Expiry cuts the tagged snapshot off from main's ancestors: the start was refused."""
    lakehouse, tables = Lakehouse(spark, "cut_off"), Tables(spark, warehouse, "cut_off")
    live(lakehouse, tmp_path, 4)
    tables.cut_off()

    assert Life(lakehouse, tmp_path, FakeBus()).positions == {"shardId-000000000000": "4"}
    assert_whole(lakehouse, tmp_path)


def test_rows_decide_where_the_tag_is_older_than_the_table(
    spark: SparkSession, warehouse: Path, tmp_path: Path
) -> None:
    lakehouse, tables = Lakehouse(spark, "tag_behind"), Tables(spark, warehouse, "tag_behind")
    live(lakehouse, tmp_path, 2)
    with pytest.raises(Killed):
        live(FakeKilled(spark, "tag_behind"), tmp_path, 4)
    tables.cut_off()

    assert Life(lakehouse, tmp_path, FakeBus()).positions == {"shardId-000000000000": "4"}
    assert_whole(lakehouse, tmp_path)


def test_refusals_beyond_the_seal_are_not_doubled_after_expiry(
    spark: SparkSession, warehouse: Path, tmp_path: Path
) -> None:
    """They were landed by a process that died before its trades were, and expiry took the snapshot that says so."""
    tables = Tables(spark, warehouse, "refused_beyond")
    lines = [record([b"not a trade", b"{}"], 1), record([b"nor this"], 2), STREAM[2]]
    dying = Life(FakeKilledBefore(spark, "refused_beyond"), tmp_path, FakeBus())
    dying.read(lines)
    with pytest.raises(Killed):
        dying.pipeline.land()
    tables.cut_off()

    lakehouse = Lakehouse(spark, "refused_beyond")
    one = Life(lakehouse, tmp_path, FakeBus())
    one.read(lines)
    one.pipeline.land()
    one.outbox.close(30)
    assert ids(lakehouse, DQ_REJECTS, "line") == [bytearray(line) for line in (b"nor this", b"not a trade", b"{}")]
    assert ids(lakehouse, RAW_TRADES, "trade_id") == IDS[20:30]


def test_seal_names_ascend_when_the_clock_steps_back(tmp_path: Path) -> None:
    """The newest seals are kept, and they are those that were made last."""
    store = CheckpointStore.at(str(tmp_path), "us-west-2", None)
    names = [store.put(Checkpoint(sealed_at=moment)) for moment in (50, 40, 30, 60, 20, 10, 9, 8)]
    assert names == sorted(names) == store.names()
    store.prune(names[-1])
    assert store.names() == names[-KEPT - 1 :]
    later = store.put(Checkpoint(sealed_at=99))
    store.prune(names[-1])
    assert later not in store.names(), "it belongs to a landing that never was"
