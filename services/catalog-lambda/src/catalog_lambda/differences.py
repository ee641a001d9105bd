"""In what a table is not as its definition says. Order of columns, field ids and properties are not looked at: they change nothing
for who reads by name, and an operator may tune properties."""

from collections.abc import Iterator
from typing import Final

from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.types import NestedField

from coattail_common.contracts import DifferenceKind, TableDifference
from coattail_common.lake import iceberg_partitions, iceberg_schema
from coattail_common.tables import Table

NOT_ICEBERG: Final = (TableDifference(kind=DifferenceKind.FORMAT, expected="iceberg"),)
"""The differences of a table that is in the catalog and is no Iceberg table."""

_UNPARTITIONED: Final = "none"


def differences(table: Table, schema: Schema, partitions: PartitionSpec) -> tuple[TableDifference, ...]:
    """Every difference between the definition and the table's present schema and partition spec; none: the table is as it should be."""
    expected = iceberg_schema(table.rows)
    return (*_columns(expected, schema), *_partitions(table, expected, schema, partitions))


def _columns(expected: Schema, found: Schema) -> Iterator[TableDifference]:
    there = {field.name: field for field in found.fields}
    for field in expected.fields:
        if field.name in there:
            yield from _column(field, there.pop(field.name))
        else:
            yield TableDifference(kind=DifferenceKind.MISSING_COLUMN, column=field.name, expected=str(field.field_type))
    for field in there.values():
        yield TableDifference(kind=DifferenceKind.UNKNOWN_COLUMN, column=field.name, found=str(field.field_type))


def _column(expected: NestedField, found: NestedField) -> Iterator[TableDifference]:
    if expected.field_type != found.field_type:
        yield TableDifference(
            kind=DifferenceKind.TYPE,
            column=expected.name,
            expected=str(expected.field_type),
            found=str(found.field_type),
        )
    if expected.required != found.required:
        yield TableDifference(
            kind=DifferenceKind.NULLABILITY,
            column=expected.name,
            expected=_nullability(expected),
            found=_nullability(found),
        )


def _nullability(field: NestedField) -> str:
    return "required" if field.required else "optional"


def _partitions(table: Table, schema: Schema, found_schema: Schema, found: PartitionSpec) -> Iterator[TableDifference]:
    expected = _text(schema, iceberg_partitions(schema, table.partitioned_by))
    partitioned = _text(found_schema, found)
    if expected != partitioned:
        yield TableDifference(kind=DifferenceKind.PARTITIONS, expected=expected, found=partitioned)


def _text(schema: Schema, partitions: PartitionSpec) -> str:
    """`day(timestamp), identity(symbol)`."""
    fields = (f"{field.transform}({schema.find_column_name(field.source_id)})" for field in partitions.fields)
    return ", ".join(fields) or _UNPARTITIONED
