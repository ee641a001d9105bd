"""Spark 4.1 writes rows that lack a column, or amounts with more digits than the table has, without an error: the checks before a write."""

from decimal import Decimal

import msgspec
import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from coattail_detectors.modules.volume_anomaly.rows import VOLUME_AGGREGATES, VolumeAggregate
from stream_detectors.lakehouse import IncompleteRowsError, Lakehouse, arrow_rows

ROW = VolumeAggregate(
    window_id="MOD-001:binance:BTC-USDT:1800000000000000",
    detected_at=1_800_000_070_000_000,
    window_start=1_800_000_000_000_000,
    window_end=1_800_000_060_000_000,
    exchange="binance",
    symbol="BTC-USDT",
    trades=1,
    volume="0.000000000000000001",
    quote_volume="0.06",
    first_trade_id=7,
    last_trade_id=7,
    baseline_windows=0,
    baseline_mean=None,
    baseline_stddev=None,
    z_score=None,
    alert_id=None,
)


@pytest.mark.spark
@pytest.mark.parametrize("column", ["z_score", "alert_id", "volume"])
def test_rows_without_a_column_of_the_contract_are_refused(spark: SparkSession, column: str) -> None:
    """Optional or required; without the check Spark 4.1.3 writes NULL in place of the optional one."""
    lakehouse = Lakehouse(spark, "incomplete_rows")
    lakehouse.create([VOLUME_AGGREGATES])

    with pytest.raises(IncompleteRowsError, match=f"volume_aggregates: the rows lack {column}; nothing was written"):
        lakehouse.append(VOLUME_AGGREGATES, spark.createDataFrame(arrow_rows([ROW])).drop(column), {})

    assert lakehouse.is_empty(VOLUME_AGGREGATES)


@pytest.mark.spark
def test_the_smallest_amount_is_written_exactly(spark: SparkSession) -> None:
    lakehouse = Lakehouse(spark, "smallest_amount")
    lakehouse.create([VOLUME_AGGREGATES])

    lakehouse.append_rows(VOLUME_AGGREGATES, [ROW])

    assert [row["volume"] for row in lakehouse.table(VOLUME_AGGREGATES).collect()] == [Decimal("1e-18")]


@pytest.mark.parametrize("amount", ["0.0000000000000000015", "100000000000000000000.5"])
def test_an_amount_that_the_table_cannot_hold_is_refused_not_rounded(amount: str) -> None:
    """19 digits behind the point, 21 before it. Spark 4.1.3 rounds the first when it takes Python's Decimals itself."""
    with pytest.raises(pa.ArrowInvalid, match=r"[Dd]ecimal"):
        arrow_rows([msgspec.structs.replace(ROW, volume=amount)])
