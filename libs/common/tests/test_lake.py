"""The lakehouse's schemas: derived from the contracts, and the same in Spark and in Iceberg."""

import msgspec
import pytest
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DecimalType,
    DoubleType,
    IcebergType,
    IntegerType,
    LongType,
    StringType,
    TimestamptzType,
)

from coattail_common.contracts import Alert, Trade
from coattail_common.lake import Column, columns, iceberg_partitions, iceberg_schema, spark_ddl, wire_ddl
from coattail_testing.tables import TABLES

ROWS = [table.rows for table in TABLES.values()]

SPARK_TO_ICEBERG: dict[str, IcebergType] = {
    "string": StringType(),
    "bigint": LongType(),
    "int": IntegerType(),
    "double": DoubleType(),
    "boolean": BooleanType(),
    "binary": BinaryType(),
    "timestamp": TimestamptzType(),
    "decimal(38,18)": DecimalType(38, 18),
}


@pytest.mark.parametrize("struct", ROWS)
def test_spark_and_iceberg_agree(struct: type[msgspec.Struct]) -> None:
    spark = [definition.split(" ", 2) for definition in spark_ddl(struct).split(", ")]
    iceberg = iceberg_schema(struct).fields

    assert [(name, SPARK_TO_ICEBERG[kind], rest == ["NOT NULL"]) for name, kind, *rest in spark] == [
        (field.name, field.field_type, field.required) for field in iceberg
    ]


@pytest.mark.parametrize("struct", ROWS)
def test_every_field_is_a_column_in_its_place(struct: type[msgspec.Struct]) -> None:
    names = [field.name for field in msgspec.structs.fields(struct)]

    assert [column.name for column in columns(struct)] == names
    assert [definition.split(" ")[0] for definition in wire_ddl(struct).split(", ")] == names
    assert [field.field_id for field in iceberg_schema(struct).fields] == list(range(1, len(names) + 1))


def test_the_trades_columns() -> None:
    assert {column.name: column.type for column in columns(Trade)} == {
        "event_id": "string",
        "exchange": "string",
        "symbol": "string",
        "base": "string",
        "quote": "string",
        "trade_id": "long",
        "price": "decimal(38,18)",
        "quantity": "decimal(38,18)",
        "quote_volume": "decimal(38,18)",
        "side": "string",
        "timestamp": "timestamptz",
        "ingestion_timestamp": "timestamptz",
        "origin": "string",
        "schema_version": "int",
    }


def test_on_the_wire_amounts_are_strings_and_times_are_integers() -> None:
    ddl = wire_ddl(Trade)

    assert "price string" in ddl
    assert "timestamp bigint" in ddl
    assert "schema_version int" in ddl
    assert "NOT NULL" not in ddl


def test_what_may_be_missing_is_nullable() -> None:
    alert = {column.name: column for column in columns(Alert)}

    assert alert["exchange"] == Column("exchange", "string", required=False)
    assert alert["alert_id"].required


def test_partitions_are_named_as_spark_names_them() -> None:
    spec = iceberg_partitions(iceberg_schema(Trade), ("days(timestamp)", "symbol"))

    assert [(field.name, str(field.transform), field.source_id, field.field_id) for field in spec.fields] == [
        ("timestamp_day", "day", 11, 1000),
        ("symbol", "identity", 3, 1001),
    ]


@pytest.mark.parametrize("transform", ["bucket(16, symbol)", "days(no_such_column)", "no_such_column", "days(symbol"])
def test_a_transform_that_is_not_supported_is_named(transform: str) -> None:
    with pytest.raises(ValueError, match=r"no_such_column|bucket|days"):
        iceberg_partitions(iceberg_schema(Trade), (transform,))


def test_nested_records_are_json() -> None:
    alert = {column.name: column.type for column in columns(Alert)}

    assert alert["details"] == "string"
    assert alert["lineage"] == "string"


def test_measures_and_flags_are_columns() -> None:
    class Window(msgspec.Struct):
        score: float | None
        believed: bool

    assert columns(Window) == (Column("score", "double", required=False), Column("believed", "boolean", required=True))
    assert spark_ddl(Window) == "score double, believed boolean NOT NULL"
    assert wire_ddl(Window) == "score double, believed boolean"
    assert [field.field_type for field in iceberg_schema(Window).fields] == [DoubleType(), BooleanType()]


def test_a_field_that_has_no_column_type_is_named() -> None:
    class Odd(msgspec.Struct):
        shares: list[float]

    with pytest.raises(TypeError, match="field shares: <class 'list'> has no column type"):
        columns(Odd)
