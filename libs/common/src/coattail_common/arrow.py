"""The rows of a contract's table as Arrow has them. Needs pyarrow (the extra `lakehouse`)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec
import pyarrow as pa

from coattail_common import lake

ARROW_TYPES: Final = {
    "string": pa.string(),
    "long": pa.int64(),
    "int": pa.int32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "binary": pa.binary(),
    "timestamptz": pa.timestamp("us", "UTC"),
    "decimal(38,18)": pa.decimal128(38, 18),
}
"""Column types of the lake → Arrow's."""


def arrow_schema(struct: type[msgspec.Struct]) -> pa.Schema:
    """Return the columns of the struct's table."""
    return pa.schema(
        [
            pa.field(column.name, ARROW_TYPES[column.type], nullable=not column.required)
            for column in lake.columns(struct)
        ]
    )


def arrow_rows(rows: Sequence[msgspec.Struct]) -> pa.Table:
    """The structs (at least one, all of one type) with the columns of their table."""
    columns = lake.columns(type(rows[0]))
    schema = arrow_schema(type(rows[0]))
    arrays = [
        pa.array([_value(column.type, getattr(row, column.name)) for row in rows], ARROW_TYPES[column.type])
        for column in columns
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _value(column_type: str, value: Any) -> Any:
    if value is None:
        return None
    if column_type == "decimal(38,18)":
        return Decimal(value)
    if isinstance(value, msgspec.Raw):
        return bytes(value).decode()
    if isinstance(value, msgspec.Struct):
        return msgspec.json.encode(value).decode()
    return str(value) if column_type == "string" else value
