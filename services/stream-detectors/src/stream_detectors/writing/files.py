"""Rows → Parquet files, one for each partition that they fall into. Pure but for the files: no Spark, no catalog."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import fs

from coattail_decoder.rows import values_of
from stream_detectors.places import files_at
from stream_detectors.writing.target import PartitionField, Target, UnwritableTableError, WrittenFile, fitted

_LEVEL: Final = 1
"""Of zstd, as Iceberg's own writer has it after `write.parquet.compression-level`'s default for the Parquet library: higher levels
cost several
times as much for a few percent."""
_DICTIONARY_TYPES: Final = (pa.string(), pa.int32(), pa.bool_())
_DAY: Final = 86_400_000_000
_HOUR: Final = 3_600_000_000


def write(rows: pa.Table, target: Target, folder: str, stem: str) -> list[WrittenFile]:
    """Write the rows, in their order, below `folder` in the table's data folder, as files whose names begin with `stem`.

    Raises `UnwritableTableError` before anything is written. Files that a crash leaves behind lie below `folder` and are in no snapshot.
    """
    if not rows.num_rows:
        return []
    ready = fitted(rows, target)
    parts = list(_parts(ready, target))
    place, root = files_at(f"{target.place}/{folder}", target.region, target.endpoint)
    if isinstance(place, fs.LocalFileSystem):
        place.create_dir(root, recursive=True)
    return [
        _write(part, place, f"{root}/{name}", f"{target.folder}/{folder}/{name}", values, target.codec)
        for number, (values, part) in enumerate(parts)
        if (name := f"{stem}-{number:05d}.parquet")
    ]


def _write(
    rows: pa.Table, place: fs.FileSystem, path: str, uri: str, partition: tuple[str | None, ...], codec: str
) -> WrittenFile:
    with place.open_output_stream(path) as stream:
        write_table: Any = pq.write_table
        write_table(
            rows,
            stream,
            compression=codec,
            compression_level=_LEVEL if codec == "zstd" else None,
            use_dictionary=[field.name for field in rows.schema if field.type in _DICTIONARY_TYPES],
            store_schema=False,
        )
        size = stream.tell()
    return WrittenFile(uri, size, rows.num_rows, partition)


def _parts(rows: pa.Table, target: Target) -> Iterator[tuple[tuple[str | None, ...], pa.Table]]:
    """The rows of each partition, in their order. Rows mostly come clustered, so a partition is a few stretches of them."""
    if not target.partition:
        yield (), rows
        return
    keys = [_values(rows, field, target) for field in target.partition]
    starts = _starts(keys)
    stretches: dict[tuple[str | None, ...], list[pa.Table]] = {}
    for first, after in zip(starts, [*starts[1:], rows.num_rows], strict=True):
        values = tuple(_text(key[first].as_py(), field) for key, field in zip(keys, target.partition, strict=True))
        stretches.setdefault(values, []).append(rows.slice(first, after - first))
    for values, found in stretches.items():
        yield values, found[0] if len(found) == 1 else pa.concat_tables(found)


def _starts(keys: Sequence[Any]) -> list[int]:
    """Where a row differs from the one before in any key."""
    size = len(keys[0])
    changes = pa.array([True] + [False] * (size - 1))
    for key in keys:
        codes = key.dictionary_encode().indices.fill_null(-1)
        differs = pc.not_equal(codes[1:], codes[:-1])
        changes = pc.or_(changes, pa.concat_arrays([pa.array([False]), differs]))
    return values_of(pc.indices_nonzero(changes))


def _values(rows: pa.Table, field: PartitionField, target: Target) -> Any:
    transform = _TRANSFORMS.get(field.transform)
    if transform is None:
        problem = f"its partition transform {field.transform} of {field.column} is none of {', '.join(_TRANSFORMS)}"
        raise UnwritableTableError(target.name, problem)
    if field.column not in rows.column_names:
        return pa.nulls(rows.num_rows, pa.string())
    return transform(rows[field.column].combine_chunks())


def _floor(width: int) -> Callable[[Any], Any]:
    """The time of a column (µs) in whole units since 1970, also before it."""

    unit: Any = pa.scalar(width, pa.int64())
    zero: Any = pa.scalar(0, pa.int64())

    def floored(column: Any) -> Any:
        micros = column.cast(pa.int64())
        whole = pc.divide(micros, unit)
        rest = pc.subtract(micros, pc.multiply(whole, unit))
        return pc.subtract(whole, pc.cast(pc.less(rest, zero), pa.int64()))

    return floored


def _years(column: Any) -> Any:
    return pc.subtract(pc.year(column), 1970)


def _months(column: Any) -> Any:
    return pc.add(pc.multiply(_years(column), 12), pc.subtract(pc.month(column), 1))


_TRANSFORMS: Final[dict[str, Callable[[Any], Any]]] = {
    "identity": lambda column: column,
    "day": _floor(_DAY),
    "hour": _floor(_HOUR),
    "month": _months,
    "year": _years,
    "void": lambda column: pa.nulls(len(column), pa.string()),
}


def _text(value: Any, field: PartitionField) -> str | None:
    """A partition value as Iceberg reads it: days are dates, all others are printed as they are."""
    if value is None:
        return None
    if field.transform == "day":
        return f"{datetime.fromtimestamp(value * 86_400, UTC):%Y-%m-%d}"
    return str(value)
