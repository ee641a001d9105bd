"""The columns that a contract's struct becomes in the lakehouse, and their Spark and Iceberg schemas."""

import re
from collections.abc import Sequence
from enum import EnumType
from types import UnionType
from typing import TYPE_CHECKING, Final, TypeAliasType, Union, cast, get_args, get_origin, get_type_hints

import msgspec

if TYPE_CHECKING:
    from pyiceberg.partitioning import PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.types import IcebergType

_SPARK_TYPES: Final = {"timestamptz": "timestamp", "long": "bigint"}
_PLAIN_TYPES: Final[dict[type, str]] = {int: "long", float: "double", bool: "boolean", bytes: "binary"}
_WIRE_TYPES: Final = {"timestamptz": "bigint", "decimal(38,18)": "string", "long": "bigint"}
_TIME_TRANSFORM: Final = re.compile(r"(?P<unit>year|month|day|hour)s\((?P<column>\w+)\)")


class Column(msgspec.Struct, frozen=True):
    """A column: its name, its Iceberg type (`string`, `long`, `timestamptz`, `decimal(38,18)` …) and whether it is required."""

    name: str
    type: str
    required: bool


def columns(struct: type[msgspec.Struct]) -> tuple[Column, ...]:
    """The struct's fields as columns, in order. A nested record becomes a `string` that holds its JSON.

    Raises `TypeError` for a field whose type has no column type.
    """
    hints = get_type_hints(struct, include_extras=True)
    return tuple(_column(field.name, hints[field.name]) for field in msgspec.structs.fields(struct))


def spark_ddl(struct: type[msgspec.Struct]) -> str:
    """The struct's table as Spark DDL: `price decimal(38,18) NOT NULL, …`."""
    return ", ".join(_spark_column(column, _SPARK_TYPES) for column in columns(struct))


def wire_ddl(struct: type[msgspec.Struct]) -> str:
    """The struct's JSON as Spark DDL for `from_json`: amounts are strings and times are integers, as on the wire; all nullable."""
    return ", ".join(f"{column.name} {column.type}" for column in wire_columns(struct))


def wire_columns(struct: type[msgspec.Struct]) -> tuple[Column, ...]:
    """The struct's fields as its JSON has them, `type` being Spark's: `string`, `bigint`, `int` …"""
    return tuple(
        msgspec.structs.replace(column, type=_WIRE_TYPES.get(column.type, column.type)) for column in columns(struct)
    )


def iceberg_schema(struct: type[msgspec.Struct]) -> "Schema":
    """The struct's table as an Iceberg schema, field ids from 1 in the order of the fields."""
    from pyiceberg.schema import Schema  # noqa: PLC0415  (the lakehouse extra; the connectors do without)
    from pyiceberg.types import NestedField  # noqa: PLC0415

    return Schema(
        *(
            NestedField(
                field_id=position, name=column.name, field_type=_iceberg_type(column.type), required=column.required
            )
            for position, column in enumerate(columns(struct), start=1)
        )
    )


def iceberg_partitions(schema: "Schema", transforms: Sequence[str]) -> "PartitionSpec":
    """Partition transforms as Spark's SQL has them (`days(timestamp)`, `symbol`), their fields named as Spark names them (`timestamp_day`).

    Raises `ValueError` for one that is neither a column nor `years`, `months`, `days` or `hours` of a column.
    """
    from pyiceberg.partitioning import PARTITION_FIELD_ID_START, PartitionField, PartitionSpec  # noqa: PLC0415
    from pyiceberg.transforms import parse_transform  # noqa: PLC0415

    fields = []
    for field_id, text in enumerate(transforms, start=PARTITION_FIELD_ID_START):
        time = _TIME_TRANSFORM.fullmatch(text)
        unit, column = (time["unit"], time["column"]) if time else ("identity", text)
        fields.append(
            PartitionField(
                source_id=schema.find_field(column).field_id,
                field_id=field_id,
                transform=parse_transform(unit),
                name=f"{column}_{unit}" if time else column,
            )
        )
    return PartitionSpec(*fields)


def _spark_column(column: Column, types: dict[str, str]) -> str:
    return f"{column.name} {types.get(column.type, column.type)}{' NOT NULL' if column.required else ''}"


def _iceberg_type(name: str) -> "IcebergType":
    from pyiceberg import types  # noqa: PLC0415

    if name.startswith("decimal"):
        return types.DecimalType(38, 18)
    kinds = {
        "string": types.StringType,
        "long": types.LongType,
        "int": types.IntegerType,
        "double": types.DoubleType,
        "boolean": types.BooleanType,
        "binary": types.BinaryType,
        "timestamptz": types.TimestamptzType,
    }
    return cast("IcebergType", kinds[name]())


def _column(name: str, hint: object) -> Column:
    hint, required = _without_none(hint)
    return Column(name, _lake_type(name, hint), required)


def _without_none(hint: object) -> tuple[object, bool]:
    if get_origin(hint) in (Union, UnionType):
        present = [arm for arm in get_args(hint) if arm is not type(None)]
        return present[0], len(present) == len(get_args(hint))
    return hint, True


def _lake_type(name: str, hint: object) -> str:
    if isinstance(hint, TypeAliasType):
        hint = hint.__value__
    for meta in getattr(hint, "__metadata__", ()):
        if isinstance(meta, msgspec.Meta) and meta.extra and "lake" in meta.extra:
            return str(meta.extra["lake"])
    plain = getattr(hint, "__origin__", hint)
    if isinstance(plain, type) and plain in _PLAIN_TYPES:
        return _PLAIN_TYPES[plain]
    nested = plain is msgspec.Raw or (isinstance(plain, type) and issubclass(plain, msgspec.Struct))
    if plain is str or nested or isinstance(plain, EnumType):
        return "string"
    message = f"field {name}: {plain!r} has no column type in the lakehouse"
    raise TypeError(message)
