"""A Parquet file's columns → the texts that a CSV would have, by pyarrow: it reads compressions and types that Spark does not.

Floating point numbers are their shortest decimal, which is what a program that wrote them would print. Times finer than a
microsecond are cut.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from coattail_replay.errors import InputError
from coattail_replay.formats import Layout

_ROWS_A_BATCH: Final = 1 << 17
_EXACT: Final = 2.0**53
"""Below this every whole number has a floating point number of its own."""


_NOTHING: Final = pa.scalar(None, pa.string())

type _Column = pa.Array[Any]


def batches(path: Path, names: Sequence[str]) -> Iterator[tuple[pa.RecordBatch, list[_Column]]]:
    """Yield the rows of the file, with these columns as text.

    Raises `InputError` when a page is damaged or missing, or a column holds what is no text, number or time.
    """
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True)
        for batch in file.iter_batches(_ROWS_A_BATCH, columns=list(names)):
            yield batch, texts(path, batch, names)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path} is damaged ({str(error).splitlines()[0]}); fetch it again") from error


def spool(path: Path, layout: Layout, to: Path, advance: Callable[[int], None]) -> None:
    """Write the columns that are used, as text, into the Parquet file `to`, row by row; `advance` gets rows. Raises as `batches`."""
    names = list(dict.fromkeys(layout.columns.used))
    schema = pa.schema([(name, pa.string()) for name in names])
    with pq.ParquetWriter(to, schema, compression="lz4") as writer:
        for batch, columns in batches(path, names):
            writer.write_batch(pa.RecordBatch.from_arrays(columns, names))
            advance(batch.num_rows)


def texts(path: Path, batch: pa.RecordBatch, names: Sequence[str]) -> list[_Column]:
    """Return those columns of the file at `path` as text. Raises `InputError` for what is no text, number or time."""
    found = []
    for name in names:
        column = batch.column(name)
        try:
            found.append(as_text(column))
        except pa.ArrowException as error:
            message = f"{path}: column {name!r} holds {column.type}, which is no text, number or time"
            raise InputError(message) from error
    return found


def as_text(column: _Column) -> _Column:
    """Return the column as text, without blanks around it: NULL where it is empty or NaN. Raises `ArrowException`."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(pc.cast(column, kind.value_type))
    if pa.types.is_timestamp(kind):
        # Not safe: what is finer than a microsecond is left out.
        return pc.cast(pc.cast(column.cast(pa.timestamp("us", kind.tz), safe=False), pa.int64()), pa.string())
    if pa.types.is_floating(kind):
        return _of_floats(column)
    text = pc.cast(column, pa.string())
    if pa.types.is_decimal(kind):
        trimmed = pc.utf8_rtrim(pc.utf8_rtrim(text, "0"), ".")
        return cast("_Column", pc.if_else(pc.match_substring_regex(text, r"^[^E]*\.[^E]*$"), trimmed, text))
    bare = pc.utf8_trim_whitespace(text)
    return cast("_Column", pc.if_else(pc.equal(bare, pa.scalar("")), _NOTHING, bare))


def _of_floats(column: _Column) -> _Column:
    """Shortest decimals; whole numbers, which may be ids or times, without an exponent."""
    doubles = pc.cast(column, pa.float64())
    is_whole = pc.and_(pc.less(pc.abs(doubles), pa.scalar(_EXACT)), pc.equal(pc.floor(doubles), doubles))
    whole = pc.cast(pc.if_else(is_whole, doubles, 0.0), pa.int64())
    told = pc.if_else(is_whole, pc.cast(whole, pa.string()), pc.cast(column, pa.string()))
    return cast("_Column", pc.if_else(pc.is_nan(doubles), _NOTHING, told))
