"""Files that are written without Spark, and committed by Iceberg's API: what is in the table is what was given, also after it evolved."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from coattail_common.tables import RAW_TRADES
from coattail_testkit.stream import trade
from stream_detectors.lakehouse import Lakehouse, arrow_rows
from stream_detectors.writing import files
from stream_detectors.writing.commit import OpenTable
from stream_detectors.writing.target import Field, PartitionField, Target, UnwritableTableError

DAY = 86_400_000_000


def a_target(folder: Path, *partition: tuple[str, str]) -> Target:
    return Target(
        name="t",
        folder="s3://lake/t/data",
        place=folder.as_uri(),
        fields=(Field("at", 1, "timestamptz", True), Field("name", 2, "string", False), Field("n", 3, "long", False)),
        partition=tuple(PartitionField(*one) for one in partition),
        spec_id=0,
        codec="zstd",
        region="us-west-2",
        endpoint=None,
    )


def rows(times: Sequence[int], names: Sequence[str | None]) -> pa.Table:
    return pa.table({"at": pa.array(times, pa.timestamp("us", "UTC")), "name": names, "n": list(range(len(times)))})


@pytest.mark.parametrize(
    ("transform", "time", "value"),
    [
        ("day", 0, "1970-01-01"),
        ("day", -1, "1969-12-31"),
        ("day", -DAY, "1969-12-31"),
        ("day", 1_767_225_600_000_000, "2026-01-01"),
        ("hour", 3_600_000_000, "1"),
        ("hour", -1, "-1"),
        ("month", 1_767_225_600_000_000, "672"),
        ("month", -1, "-1"),
        ("year", 1_767_225_600_000_000, "56"),
        ("year", -1, "-1"),
        ("void", 5, None),
    ],
)
def test_a_time_is_put_into_its_partition(tmp_path: Path, transform: str, time: int, value: str | None) -> None:
    (found,) = files.write(rows([time], ["a"]), a_target(tmp_path, ("at", transform)), "f", "0")

    assert found.partition == (value,)


def test_each_partition_has_one_file_however_its_rows_are_scattered(tmp_path: Path) -> None:
    target = a_target(tmp_path, ("at", "day"), ("name", "identity"))

    found = files.write(rows([0, 1, DAY, 2, 3], ["a", "b/=é", "a", "a", None]), target, "landing-1", "task-0")

    assert [(one.partition, one.rows) for one in found] == [
        (("1970-01-01", "a"), 2),
        (("1970-01-01", "b/=é"), 1),
        (("1970-01-02", "a"), 1),
        (("1970-01-01", None), 1),
    ]
    assert [one.uri for one in found] == [
        f"s3://lake/t/data/landing-1/task-0-0000{number}.parquet" for number in range(4)
    ]
    here = [pq.read_table(tmp_path / "landing-1" / one.uri.rpartition("/")[2]) for one in found]
    assert [one["n"].to_pylist() for one in here] == [[0, 3], [1], [2], [4]]
    assert [one.size for one in found] == [path.stat().st_size for path in sorted((tmp_path / "landing-1").iterdir())]
    assert here[0].schema.field("n").metadata == {b"PARQUET:field_id": b"3"}


def test_no_rows_make_no_file(tmp_path: Path) -> None:
    assert files.write(rows([], []), a_target(tmp_path), "f", "0") == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("table", "partition", "problem"),
    [
        (
            rows([1], ["a"]).rename_columns(["at", "title", "n"]),
            (),
            "t: the table has no column title, which the rows have",
        ),
        (rows([1], ["a"]).drop_columns(["at"]), (), "t: the table requires at, which the rows do not have"),
        (rows([1], ["a"]).set_column(2, "n", pa.array([1.5])), (), "n does not fit long"),
        (rows([1], ["a"]), (("name", "truncate[2]"),), r"transform truncate\[2\] of name is none of identity, day"),
    ],
)
def test_a_table_that_has_evolved_too_far_is_refused(
    tmp_path: Path, table: pa.Table, partition: Any, problem: str
) -> None:
    with pytest.raises(UnwritableTableError, match=problem):
        files.write(table, a_target(tmp_path, *partition), "f", "0")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.spark
def test_trades_are_in_the_table_as_they_were_given_with_all_that_prunes_them(spark: SparkSession) -> None:
    lakehouse = Lakehouse(spark, "written_files")
    lakehouse.create([RAW_TRADES])
    given = arrow_rows([trade(7, "0.1"), trade(8, "123456789012.000000000001"), trade(9, symbol="A_B-USD")])
    table = OpenTable.load(spark, lakehouse.name(RAW_TRADES))
    target = table.target("us-west-2", None)

    table.append(files.write(given, target, "landing-1", "0"), target.spec_id, {"coattail.seal": "one"})

    name = lakehouse.name(RAW_TRADES)
    found = spark.table(name).orderBy("trade_id").toArrow()
    assert found.to_pylist() == given.to_pylist()
    partitions = spark.table(f"{name}.files").select("partition.timestamp_day", "partition.symbol", "record_count")
    assert sorted(map(tuple, partitions.collect())) == [
        (datetime(2026, 1, 1, tzinfo=UTC).date(), "A_B-USD", 1),
        (datetime(2026, 1, 1, tzinfo=UTC).date(), "BTC-USDT", 2),
    ]
    bounds = spark.table(f"{name}.files").select("readable_metrics.price.*").where("lower_bound = 0.1").collect()
    assert [(row["upper_bound"], row["null_value_count"]) for row in bounds] == [
        (Decimal("123456789012.000000000001000000"), 0)
    ]
    assert spark.table(f"{name}.snapshots").select("summary").collect()[0][0]["coattail.seal"] == "one"
    assert spark.table(name).where("symbol = 'A_B-USD' AND timestamp > '2026-01-01'").count() == 1


@pytest.mark.spark
def test_an_evolved_table_gets_its_own_field_ids_types_and_partitions(spark: SparkSession) -> None:
    spark.sql("CREATE NAMESPACE IF NOT EXISTS lakehouse.evolved")
    spark.sql(
        "CREATE TABLE lakehouse.evolved.t (gone int, n int, at timestamp, name string) USING iceberg PARTITIONED BY (days(at))"
    )
    spark.sql("ALTER TABLE lakehouse.evolved.t DROP COLUMN gone")
    spark.sql("ALTER TABLE lakehouse.evolved.t ALTER COLUMN n TYPE bigint")
    spark.sql("ALTER TABLE lakehouse.evolved.t ADD COLUMN note string")
    spark.sql("ALTER TABLE lakehouse.evolved.t REPLACE PARTITION FIELD days(at) WITH hours(at)")
    spark.sql("ALTER TABLE lakehouse.evolved.t ADD PARTITION FIELD name")
    table = OpenTable.load(spark, "lakehouse.evolved.t")
    target = table.target("us-west-2", None)
    small = pa.table(
        {"n": pa.array([5], pa.int32()), "at": pa.array([7_200_000_000], pa.timestamp("us", "UTC")), "name": ["x=1/y"]}
    )

    table.append(files.write(small, target, "f", "0"), target.spec_id, {})

    assert [row.asDict() for row in spark.table("lakehouse.evolved.t").select("n", "name", "note").collect()] == [
        {"n": 5, "name": "x=1/y", "note": None}
    ]
    assert spark.sql("SELECT partition.at_hour, partition.name FROM lakehouse.evolved.t.files").collect() == [
        (2, "x=1/y")
    ]
    assert spark.table("lakehouse.evolved.t").where("name = 'x=1/y' AND at >= '1970-01-01 02:00:00'").count() == 1
