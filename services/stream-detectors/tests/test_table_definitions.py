"""A table is the same from either creator: Spark by SQL, or the catalog's Lambda by pyiceberg."""

import os
from pathlib import Path

import pytest
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.serializers import FromInputFile
from pyiceberg.table.metadata import TableMetadata, new_table_metadata
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER
from pyspark.sql import SparkSession

from coattail_common import lake
from coattail_common.tables import PROPERTIES, Table
from coattail_testing.tables import TABLES
from stream_detectors.lakehouse import Lakehouse

pytestmark = pytest.mark.spark

DATABASE = "table_definitions"
OF_THE_CREATOR = {"owner"}
"""Spark notes who ran it."""


@pytest.fixture(scope="module")
def created(spark: SparkSession, warehouse: Path) -> Path:
    Lakehouse(spark, DATABASE).create(list(TABLES.values()))
    return warehouse / DATABASE


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_spark_and_pyiceberg_create_the_same_table(created: Path, table: Table) -> None:
    by_spark, by_pyiceberg = _by_spark(created / table.name), _by_pyiceberg(table)

    assert by_spark.schema().fields == by_pyiceberg.schema().fields
    assert by_spark.schema().identifier_field_ids == by_pyiceberg.schema().identifier_field_ids
    assert by_spark.spec() == by_pyiceberg.spec()
    assert by_spark.sort_order() == by_pyiceberg.sort_order()
    assert by_spark.format_version == by_pyiceberg.format_version
    assert _kept(by_spark) == _kept(by_pyiceberg)


def _by_spark(folder: Path) -> TableMetadata:
    (metadata,) = (folder / "metadata").glob("*.metadata.json")
    return FromInputFile.table_metadata(PyArrowFileIO().new_input(os.fspath(metadata)))


def _by_pyiceberg(table: Table) -> TableMetadata:
    schema = lake.iceberg_schema(table.rows)
    partitions = lake.iceberg_partitions(schema, table.partitioned_by)
    return new_table_metadata(schema, partitions, UNSORTED_SORT_ORDER, "file:/nowhere", dict(PROPERTIES))


def _kept(metadata: TableMetadata) -> dict[str, str]:
    return {name: value for name, value in metadata.properties.items() if name not in OF_THE_CREATOR}
