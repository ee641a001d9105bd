"""Each way in which a table may differ from its definition, and those that are no difference."""

import pytest
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.types import IntegerType, NestedField, StringType

from catalog_lambda.differences import differences
from coattail_common.contracts import DifferenceKind, TableDifference
from coattail_common.lake import iceberg_partitions, iceberg_schema
from coattail_common.tables import RAW_TRADES, Table
from coattail_testing.tables import TABLES

SCHEMA = iceberg_schema(RAW_TRADES.rows)
PARTITIONS = iceberg_partitions(SCHEMA, RAW_TRADES.partitioned_by)
LAST = len(SCHEMA.fields)


def changed(name: str, **changes: object) -> Schema:
    """The schema with one column changed."""
    fields = [field.model_copy(update=changes) if field.name == name else field for field in SCHEMA.fields]
    return Schema(*fields)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_as_it_is_defined_has_none(table: Table) -> None:
    schema = iceberg_schema(table.rows)
    assert differences(table, schema, iceberg_partitions(schema, table.partitioned_by)) == ()


def test_a_column_that_is_missing() -> None:
    schema = Schema(*(field for field in SCHEMA.fields if field.name != "origin"))
    assert differences(RAW_TRADES, schema, PARTITIONS) == (
        TableDifference(kind=DifferenceKind.MISSING_COLUMN, column="origin", expected="string"),
    )


def test_a_column_that_nobody_knows() -> None:
    schema = Schema(*SCHEMA.fields, NestedField(LAST + 1, "venue", StringType(), required=False))
    assert differences(RAW_TRADES, schema, PARTITIONS) == (
        TableDifference(kind=DifferenceKind.UNKNOWN_COLUMN, column="venue", found="string"),
    )


def test_a_column_of_another_type() -> None:
    assert differences(RAW_TRADES, changed("trade_id", field_type=IntegerType()), PARTITIONS) == (
        TableDifference(kind=DifferenceKind.TYPE, column="trade_id", expected="long", found="int"),
    )


def test_a_column_that_may_be_missing_and_should_not() -> None:
    assert differences(RAW_TRADES, changed("price", required=False), PARTITIONS) == (
        TableDifference(kind=DifferenceKind.NULLABILITY, column="price", expected="required", found="optional"),
    )


@pytest.mark.parametrize(
    ("transforms", "found"),
    [
        (("days(timestamp)",), "day(timestamp)"),
        (("hours(timestamp)", "symbol"), "hour(timestamp), identity(symbol)"),
        (("symbol", "days(timestamp)"), "identity(symbol), day(timestamp)"),
        ((), "none"),
    ],
)
def test_other_partitions(transforms: tuple[str, ...], found: str) -> None:
    partitions = iceberg_partitions(SCHEMA, transforms) if transforms else PartitionSpec()
    assert differences(RAW_TRADES, SCHEMA, partitions) == (
        TableDifference(kind=DifferenceKind.PARTITIONS, expected="day(timestamp), identity(symbol)", found=found),
    )


def test_all_of_them_are_told_at_once() -> None:
    schema = Schema(
        *(field for field in changed("side", required=False, field_type=IntegerType()).fields if field.name != "base"),
        NestedField(LAST + 1, "venue", StringType(), required=False),
    )
    assert [one.kind for one in differences(RAW_TRADES, schema, PartitionSpec())] == [
        DifferenceKind.MISSING_COLUMN,
        DifferenceKind.TYPE,
        DifferenceKind.NULLABILITY,
        DifferenceKind.UNKNOWN_COLUMN,
        DifferenceKind.PARTITIONS,
    ]


def test_order_and_field_ids_are_no_difference() -> None:
    moved = Schema(*(field.model_copy(update={"field_id": field.field_id + 100}) for field in reversed(SCHEMA.fields)))
    assert differences(RAW_TRADES, moved, iceberg_partitions(moved, RAW_TRADES.partitioned_by)) == ()
