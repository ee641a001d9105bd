"""Where the files of a table go and what they must look like: read from the table as it is now, and sent to whoever writes a file."""

from collections.abc import Collection, Sequence
from typing import Final

import msgspec
import pyarrow as pa

FIELD_ID: Final = b"PARQUET:field_id"
"""The key by which pyarrow reads and writes the id of a Parquet column."""


class Field(msgspec.Struct, frozen=True):
    """A column of the table: its id, its Iceberg type as Iceberg prints it (`timestamptz`, `decimal(38, 18)`), whether it is required."""

    name: str
    field_id: int
    type: str
    required: bool


class PartitionField(msgspec.Struct, frozen=True):
    """A field of the partition spec: the column that it is made from, and the transform as Iceberg prints it (`day`, `identity`)."""

    column: str
    transform: str


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A table to write files for.

    Attributes:
        name: The table's name, for errors.
        folder: The URI that data files lie below, as the table's metadata says it.
        place: The same folder as pyarrow can write it: another URI where `folder` is a view of it.
        fields: The columns.
        partition: The partition spec's fields, in order.
        spec_id: The id of that spec.
        codec: The compression of the files.
        region, endpoint: Where S3 is; `endpoint` None: AWS itself.
    """

    name: str
    folder: str
    place: str
    fields: tuple[Field, ...]
    partition: tuple[PartitionField, ...]
    spec_id: int
    codec: str
    region: str
    endpoint: str | None


class WrittenFile(msgspec.Struct, frozen=True):
    """A data file that is in no table yet: its URI, its size (bytes), its rows, and its partition, a value (or NULL) for each field of the
    spec, as Iceberg reads them from text."""

    uri: str
    size: int
    rows: int
    partition: tuple[str | None, ...]


class Files(msgspec.Struct, frozen=True):
    """Data files for one commit, and the id of the partition spec that they were written for."""

    files: Sequence[WrittenFile]
    spec_id: int


class IncompleteRowsError(RuntimeError):
    """Rows lack columns of their table. Spark 4.1 would write NULL there without an error, and so would a file that lacks them."""

    def __init__(self, table: str, columns: Collection[str]) -> None:
        super().__init__(
            f"{table}: the rows lack {', '.join(columns)}; nothing was written. Select every column of the contract before the write"
        )


class UnwritableTableError(RuntimeError):
    """The table has evolved into something that this application cannot write."""

    def __init__(self, table: str, problem: str) -> None:
        super().__init__(f"{table}: {problem}; nothing was written")


def fitted(rows: pa.Table, target: Target) -> pa.Table:
    """Return the rows with the table's types and field ids, columns in the table's order.

    Columns that others added to the table are left out: they read as NULL. Raises `UnwritableTableError` where such a column is
    required, where a column of the rows is not in the table, or where its values have no place in the table's type.
    """
    known = {field.name.lower(): field for field in target.fields}
    if unknown := [name for name in rows.column_names if name.lower() not in known]:
        raise UnwritableTableError(target.name, f"the table has no column {', '.join(unknown)}, which the rows have")
    ours = {name.lower(): name for name in rows.column_names}
    arrays, schema = [], []
    for field in target.fields:
        name = ours.get(field.name.lower())
        if name is None:
            if field.required:
                raise UnwritableTableError(target.name, f"the table requires {field.name}, which the rows do not have")
            continue
        try:
            arrays.append(rows[name].cast(_arrow_type(field.type)))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, KeyError) as error:
            raise UnwritableTableError(target.name, f"{field.name} does not fit {field.type} ({error})") from error
        metadata = {FIELD_ID: str(field.field_id).encode()}
        schema.append(pa.field(field.name, arrays[-1].type, nullable=not field.required, metadata=metadata))
    return pa.Table.from_arrays(arrays, schema=pa.schema(schema))


def _arrow_type(iceberg: str) -> pa.DataType:
    if iceberg.startswith("decimal("):
        precision, scale = iceberg.removeprefix("decimal(").removesuffix(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    return _ARROW[iceberg]


_ARROW: Final[dict[str, pa.DataType]] = {
    "string": pa.string(),
    "long": pa.int64(),
    "int": pa.int32(),
    "float": pa.float32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "binary": pa.binary(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", "UTC"),
}
