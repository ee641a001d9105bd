"""Chunks of a file as cells of text: a column for each field, and the line of each row."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa

from coattail_replay.arrow.compute import compute as pc
from coattail_replay.arrow.compute import csv as csv_reader
from coattail_replay.columns import Columns
from coattail_replay.formats import Layout
from coattail_replay.spool import LineChunk, count_lines

_BLANKS: Final = "".join(map(chr, range(33)))
_NOT_ROWS: Final = "malformed.columns"
_FIELDS: Final = ("exchange", "symbol", "timestamp", "received", "trade_id", "side", "price", "quantity")
_FEW_WORDS: Final = frozenset({"exchange", "symbol", "side"})
"""Fields with few different values: read as dictionaries."""

type Integers = np.ndarray[tuple[int], np.dtype[np.int64]]
type Text = Any
"""An array of strings, plain or as a dictionary; NULL or empty where there is none."""


class Refused(msgspec.Struct, frozen=True):
    """A row that is no valid trade: its number in its file, the rule that refuses it, and its bytes."""

    row: int
    rule: str
    line: bytes


class Cells(msgspec.Struct, frozen=True):
    """Rows of a file: their numbers, the text of each field that the file has, and the line of the row at an index."""

    rows: Integers
    texts: dict[str, Text]
    line: Callable[[int], bytes]

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.rows)


def of_lines(piece: LineChunk, layout: Layout) -> tuple[Cells, list[Refused]]:
    """Return the cells of lines, and the lines that have not the file's columns. Blank lines are no rows."""
    content = b"".join(piece.blocks)
    if piece.is_plain(layout.delimiter):
        table = _parse(content, layout, quoted=False)
        count = count_lines(content) + (not content.endswith(b"\n"))
        if table is not None and table.num_rows == count:
            rows = np.arange(piece.first, piece.first + count)
            return Cells(rows, _texts(table, layout.columns), _line_finder(content)), []
        return _of_split_lines(content, piece.first, layout, _is_plain_row(layout))
    return _of_split_lines(content, piece.first, layout, _is_regular_row(layout), is_quoted=True)


def of_columns(texts: Sequence[Text], names: Sequence[str], columns: Columns, first: int) -> Cells:
    """Return the cells of a batch of a columnar file, whose columns `names` are `texts`; its first row has the number `first`.

    The line of a row is its columns as a JSON object.
    """
    by_name = dict(zip(names, texts, strict=True))

    def line(at: int) -> bytes:
        told = {name: text[at].as_py() for name, text in by_name.items()}
        return msgspec.json.encode({name: text for name, text in told.items() if text is not None})

    rows = np.arange(first, first + len(texts[0]))
    return Cells(rows, {field: by_name[name] for field, name in _held(columns)}, line)


def _held(columns: Columns) -> Iterator[tuple[str, str]]:
    """The fields that the file has, and the columns that hold them."""
    for field in _FIELDS:
        name = getattr(columns, field)
        if name is not None:
            yield field, name


def _parse(content: bytes, layout: Layout, *, quoted: bool) -> pa.Table | None:
    """The columns that are used; None when a line has not the file's columns, or a column is not UTF-8."""
    held: dict[str, set[str]] = {}
    for field, name in _held(layout.columns):
        held.setdefault(name, set()).add(field)
    words, text = pa.dictionary(pa.int32(), pa.string()), pa.string()
    types = {name: words if fields <= _FEW_WORDS else text for name, fields in held.items()}
    try:
        found: pa.Table = csv_reader.read_csv(
            pa.BufferReader(content),
            csv_reader.ReadOptions(
                column_names=unique_names(layout.names), block_size=len(content) + 1, use_threads=False
            ),
            csv_reader.ParseOptions(delimiter=layout.delimiter, quote_char='"' if quoted else False),
            csv_reader.ConvertOptions(column_types=types, include_columns=list(types)),
        )
    except pa.ArrowInvalid:
        return None
    return found


def unique_names(names: Sequence[str]) -> list[str]:
    """Return the names; a header may have one twice, and only the first can be meant."""
    return [name if name not in names[:place] else f"{name} {place + 1}" for place, name in enumerate(names)]


def _texts(table: pa.Table, columns: Columns, *, trimmed: bool = False) -> dict[str, Text]:
    found = {}
    for field, name in _held(columns):
        text: Any = table[name].combine_chunks()
        if trimmed:
            plain = text.cast(pa.string()) if pa.types.is_dictionary(text.type) else text
            text = pc.ascii_trim(plain, characters=_BLANKS)
        found[field] = text
    return found


def _line_finder(content: bytes) -> Callable[[int], bytes]:
    """What finds a line by its index: few are asked for, so the ends of lines are looked up when the first is."""
    ends: list[Integers] = []

    def line(at: int) -> bytes:
        if not ends:
            ends.append(np.flatnonzero(np.frombuffer(content, np.uint8) == ord("\n")))
        begin = int(ends[0][at - 1]) + 1 if at else 0
        end = int(ends[0][at]) if at < len(ends[0]) else len(content)
        return content[begin:end].removesuffix(b"\r")

    return line


def _of_split_lines(
    content: bytes, first: int, layout: Layout, is_regular: Callable[[bytes], bool], *, is_quoted: bool = False
) -> tuple[Cells, list[Refused]]:
    """The same, line by line: regular ones are parsed together, each of the others by itself."""
    regular: list[bytes] = []
    numbers: list[int] = []
    odd: list[tuple[int, bytes]] = []
    for number, whole in enumerate(content.split(b"\n"), first):
        line = whole.removesuffix(b"\r")
        if not line.lstrip(b" "):
            continue
        if is_regular(line):
            regular.append(line)
            numbers.append(number)
        else:
            odd.append((number, line))
    table = _parse(b"\n".join(regular), layout, quoted=is_quoted) if regular else None
    if table is None or table.num_rows != len(regular):
        # Some line is not UTF-8, or is empty but for what is no blank to us.
        odd = sorted(odd + list(zip(numbers, regular, strict=True)))
        regular, numbers, table = [], [], None
    parts = [] if table is None else [_texts(table, layout.columns, trimmed=is_quoted)]
    refused = []
    whole_rows: list[tuple[int, bytes, list[str]]] = []
    for number, line in odd:
        row = _parse_row(line, layout)
        if len(row) == len(layout.names):
            whole_rows.append((number, line, row))
        else:
            refused.append(Refused(number, _NOT_ROWS, line))
    if whole_rows:
        by_name = {name: [row[place] for _, _, row in whole_rows] for place, name in _places(layout)}
        parts.append({field: pa.array(by_name[name], pa.string()) for field, name in _held(layout.columns)})
    lines = [*regular, *(line for _, line, _ in whole_rows)]
    rows = np.array([*numbers, *(number for number, _, _ in whole_rows)], np.int64)
    texts = {field: _joined([part[field] for part in parts]) for field, _ in _held(layout.columns)}
    return Cells(rows, texts, lines.__getitem__), refused


def _places(layout: Layout) -> Iterator[tuple[int, str]]:
    """The columns that are used, each with its first place."""
    return ((layout.names.index(name), name) for name in dict.fromkeys(layout.columns.used))


def _joined(parts: Sequence[Text]) -> Text:
    if not parts:
        return pa.array([], pa.string())
    return pa.concat_arrays([part.cast(pa.string()) for part in parts])


def _is_plain_row(layout: Layout) -> Callable[[bytes], bool]:
    delimiter, count = layout.delimiter.encode(), len(layout.names) - 1
    return lambda line: line.count(delimiter) == count and b"\r" not in line


def _is_regular_row(layout: Layout) -> Callable[[bytes], bool]:
    """Whether every reader of CSV finds the same cells in a line: a quote stands at a cell's ends or nowhere."""
    delimiter = re.escape(layout.delimiter.encode())
    cell = rb'(?:"[^"\\]*"|[^"\\%b]*)' % delimiter
    matches = re.compile(rb"%b(?:%b%b){%d}" % (cell, delimiter, cell, len(layout.names) - 1)).fullmatch
    return lambda line: b"\r" not in line and matches(line) is not None


def _parse_row(line: bytes, layout: Layout) -> list[str]:
    """The cells of one line, without the blanks around them."""
    text = line.decode("utf-8", "replace")
    reader = csv.reader([text], delimiter=layout.delimiter, escapechar="\\", skipinitialspace=layout.delimiter != " ")
    try:
        found = next(reader, [])
    except csv.Error:
        # A NUL, or a cell that is longer than any trade.
        found = text.split(layout.delimiter)
    return [cell.strip(_BLANKS) for cell in found]
