"""The data source: its offsets, what it reads again, and that nothing new is nothing at all."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from coattail_testkit.stream import record
from stream_detectors.source.kinesis import KinesisSource, KinesisStreamReader, SourceOptionError, to_arrow


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    records = [record([b"x" * 10], number, f"shard-{number % 2}") for number in range(1, 9)]
    pq.write_table(pa.Table.from_batches(to_arrow(records)), tmp_path / "0.parquet")
    return tmp_path


def reader(folder: Path, **options: str) -> KinesisStreamReader:
    return KinesisStreamReader({"recorded": str(folder), **options})


def sequence_numbers(batches: object) -> list[str]:
    return [number for batch in batches for number in batch["sequence_number"].to_pylist()]  # type: ignore[attr-defined]


def test_it_starts_at_the_positions_it_is_given(recorded: Path) -> None:
    source = reader(recorded, startingpositions='{"shard-0": "6", "shard-1": "3"}')

    batches, end = source.read(source.initialOffset())

    assert sequence_numbers(batches) == ["5", "7", "8"]
    assert end == {"shard-0": "8", "shard-1": "7"}


def test_a_batch_is_bounded_and_the_next_goes_on(recorded: Path) -> None:
    source = reader(recorded, batchbytes="30")

    first, middle = source.read({})
    second, end = source.read(middle)

    assert sequence_numbers(first) == ["1", "2", "3"]
    assert sequence_numbers(second) == ["4", "5", "6"]
    assert end == {"shard-0": "6", "shard-1": "5"}


def test_nothing_new_leaves_the_offset_where_it_is_so_that_no_batch_is_planned(recorded: Path) -> None:
    source = reader(recorded)
    _, end = source.read({})

    batches, again = source.read(end)

    assert (sequence_numbers(batches), again) == ([], end)


def test_a_planned_batch_is_read_again_as_it_was(recorded: Path) -> None:
    start, end = {"shard-0": "2"}, {"shard-0": "6", "shard-1": "5"}

    assert sequence_numbers(reader(recorded).readBetweenOffsets(start, end)) == ["1", "3", "4", "5", "6"]


def test_a_query_that_names_no_stream_is_refused_before_it_starts() -> None:
    with pytest.raises(SourceOptionError, match=r"lacks the option streamName: add .option\("):
        KinesisSource({"region": "us-west-2"})


@pytest.mark.spark
def test_spark_hands_options_over_in_any_case(spark: SparkSession, recorded: Path, tmp_path: Path) -> None:
    spark.dataSource.register(KinesisSource)
    with pytest.raises(AnalysisException, match="lacks the option streamName"):
        spark.readStream.format("kinesis").option("region", "us-west-2").load()

    source = (
        spark.readStream.format("kinesis").option("streamName", "crypto-pulse-trades").option("region", "us-west-2")
    )
    rows = source.option("recorded", str(recorded)).option("startingPositions", '{"shard-0": "6"}').load()
    query = rows.writeStream.format("memory").queryName("any_case").trigger(availableNow=True)
    query.option("checkpointLocation", str(tmp_path / "checkpoint")).start().awaitTermination()

    assert sorted(row["sequence_number"] for row in spark.table("any_case").collect()) == ["1", "3", "5", "7", "8"]
