"""What is replayed: each file, recognised, with what its rows do not say themselves."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from coattail_common.quality import is_exchange
from coattail_replay import bounded, columnar, headings
from coattail_replay.columns import Columns, check
from coattail_replay.errors import InputError
from coattail_replay.formats import Format, Layout, as_told, by_header, recognise
from coattail_replay.naming import Naming, VenueName
from coattail_replay.opening import PARQUET, magic, unpacked

_FIRST_LINES: Final = 200
_LINE_LIMIT: Final = 1 << 20
_LOOKED_AT: Final = 256 << 20
"""How many bytes are read for the first lines."""
_PEEKED: Final = 4096
_BOM: Final = b"\xef\xbb\xbf"
_NAME: Final = re.compile(r"[\w/:.-]+").fullmatch
"""What may be a market's name; anything else is a bad row."""
_NO_SIDE: Final = frozenset(("", "any", "unknown", "none", "null", "nan", "n/a", "na", "-"))
"""What stands in a side column that does not know the side."""
_DUMP: Final = re.compile(r"(\w+)-(?:trades|aggTrades)-\d{4}-\d{2}(?:-\d{2})?\b")


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What the user said of the files."""

    format: Format | None = None
    exchange: str | None = None
    columns: Columns | None = None
    naming: Naming = Naming()


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A file: `number` is its place among all, `kind` how it is read. `exchange` and `symbol` are those of all its rows, where neither
    a column nor a frame says them."""

    number: int
    path: Path
    kind: Format | Layout
    exchange: str | None = None
    symbol: str | None = None
    known: dict[VenueName, str] = {}
    """Markets by the names that the first rows have for them."""

    @property
    def has_ids(self) -> bool:
        """Whether its trades have ids, which otherwise are made."""
        return isinstance(self.kind, Format) or self.kind.columns.trade_id is not None

    @property
    def has_side(self) -> bool:
        """Whether its trades say what the taker did."""
        return isinstance(self.kind, Format) or self.kind.columns.side is not None

    @property
    def format(self) -> Format:
        """What it is."""
        return self.kind.format if isinstance(self.kind, Layout) else self.kind


def look(paths: Sequence[Path], choices: Choices) -> list[Source]:
    """Look at the beginning of each file. Raises `InputError` for the first that cannot be replayed."""
    seen: dict[Path, Path] = {}
    for path in paths:
        twin = seen.setdefault(path.resolve(), path)
        if twin is not path:
            raise InputError(f"{path} is given twice")
    sources = [_source(number, path, choices) for number, path in enumerate(paths)]
    _refuse_both_dumps(sources)
    return sources


def _source(number: int, path: Path, choices: Choices) -> Source:
    kind: Format | Layout
    told = choices.format
    if magic(path).startswith(PARQUET):
        if told not in (None, Format.PARQUET):
            raise InputError(f"{path} is not {told}: it is parquet; leave --format out, or give parquet")
        kind, rows = _parquet(path, choices)
    else:
        with unpacked(path) as file:
            lines = _first_lines(path, file)
        kind = (
            recognise(lines, str(path), choices.columns)
            if told is None
            else as_told(told, lines, str(path), choices.columns)
        )
        if isinstance(kind, Format):
            return Source(number=number, path=path, kind=kind, exchange=_of_recording(kind, choices.exchange))
        told_rows = [line for line in lines if line.strip()]
        rows = [[cell.strip(' "') for cell in row.split(kind.delimiter)] for row in told_rows[kind.has_header :]]
    check(kind.columns, kind.names, str(path))
    kind = _without_useless(kind, rows)
    source = Source(
        number=number,
        path=path,
        kind=kind,
        exchange=_exchange(path, kind, choices),
        symbol=_symbol(path, kind, choices),
    )
    return msgspec.structs.replace(source, known=_names(source, kind, rows, choices.naming))


def _first_lines(path: Path, file: IO[bytes]) -> list[str]:
    """The first lines, or the first elements of a JSON array, but for those that are longer than any trade."""
    pieces = bounded.elements(file, _LINE_LIMIT) if is_array(path) else bounded.lines(file, _LINE_LIMIT)
    lines: list[bytes] = []
    read = 0
    for line, length in pieces:
        read += length
        if length < _LINE_LIMIT:
            lines.append(line)
        elif b"\0" in line:
            break
        if len(lines) >= _FIRST_LINES or read > _LOOKED_AT:
            break
    if not lines and read:
        raise InputError(f"{path} has no line of less than {_LINE_LIMIT:,} bytes: it is no file of trades, a line each")
    if lines and lines[0].startswith(PARQUET):
        raise InputError(f"{path} holds a Parquet file; unpack it, and give that")
    if any(b"\0" in line for line in lines):
        raise InputError(f"{path} is neither text nor Parquet")
    return [line.decode("utf-8", "replace").rstrip("\r\n") for line in lines]


def is_array(path: Path) -> bool:
    """Whether the file is a JSON array, and not lines."""
    with unpacked(path) as file:
        return file.read(_PEEKED).removeprefix(_BOM).lstrip().startswith(b"[")


def _parquet(path: Path, choices: Choices) -> tuple[Layout, list[list[str]]]:
    """The layout, and the first rows."""
    try:
        file = pq.ParquetFile(path)
        names = file.schema_arrow.names
        columns = choices.columns or by_header(names)
        if columns is None:
            raise InputError(f"{path} does not say which column holds what; give {headings.proposal(names)}")
        used = [name for name in dict.fromkeys(names) if name in columns.used]
        first = next(file.iter_batches(_FIRST_LINES, columns=used), None)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path} is no whole Parquet file: {str(error).splitlines()[0]}") from error
    told = {} if first is None else dict(zip(used, columnar.texts(path, first, used), strict=True))
    rows = [
        ["" if name not in told else told[name][row].as_py() or "" for name in names]
        for row in range(0 if first is None else first.num_rows)
    ]
    return Layout(Format.PARQUET, tuple(names), columns, has_header=True), rows


def _exchange(path: Path, layout: Layout, choices: Choices) -> str | None:
    if layout.columns.exchange is not None:
        return None
    told = choices.exchange or layout.exchange
    if told is None:
        raise InputError(f"{path} does not say of which exchange it is; say it by --exchange or --columns exchange=…")
    return told.lower()


def _of_recording(kind: Format, told: str | None) -> str | None:
    """The exchange told, if the format is of its family: `binance-us` of `binance`. None where the frames say it themselves."""
    family = kind.exchange
    if told is None or family is None or told.lower().partition("-")[0] != family:
        return None
    return told.lower()


def _symbol(path: Path, layout: Layout, choices: Choices) -> str | None:
    if layout.columns.symbol is not None:
        return None
    named = choices.naming.named
    dump = _DUMP.match(path.name)
    if dump is not None:
        symbol = choices.naming.symbol("binance", dump[1])
        if symbol is None:
            raise InputError(
                f"{path}: {dump[1]!r} ends with no quote currency known here; name the market by --symbol BASE-QUOTE"
            )
        return symbol
    if len(named) != 1:
        raise InputError(f"{path} does not say of which market it is; say it by --symbol BASE-QUOTE")
    return named[0]


def _names(source: Source, layout: Layout, rows: Sequence[Sequence[str]], naming: Naming) -> dict[VenueName, str]:
    """The markets by the names that rows have for them, where the record rules find no fault with either.

    Raises `InputError` when one cannot be told.
    """
    columns = layout.columns
    known: dict[VenueName, str] = {}
    if columns.symbol is None:
        return known
    at = layout.names.index(columns.symbol)
    venue_at = layout.names.index(columns.exchange) if columns.exchange is not None else None
    for cells in rows:
        if len(cells) != len(layout.names) or not _NAME(cells[at]):
            continue
        exchange = source.exchange or (cells[venue_at].lower() if venue_at is not None else "")
        symbol = naming.symbol(exchange, cells[at])
        if symbol is None:
            raise InputError(
                f"{source.path}: {cells[at]!r} is no market known by its name; say which it is by --symbols BASE-QUOTE,…"
            )
        if is_exchange(exchange):
            known[VenueName(exchange, cells[at])] = symbol
    return known


def _without_useless(layout: Layout, rows: Sequence[Sequence[str]]) -> Layout:
    """Return the layout without useless columns. Ids that are no numbers, such as UUIDs, do not say which trade is the next: the
    replay makes others. A side may be `ANY` in all rows."""
    columns = layout.columns
    ids, sides = (
        [row[at] for row in rows if len(row) > at] if name is not None and (at := layout.names.index(name)) >= 0 else []
        for name in (columns.trade_id, columns.side)
    )
    if ids and not any(cell.isdigit() for cell in ids):
        columns = msgspec.structs.replace(columns, trade_id=None)
    if sides and all(cell.lower() in _NO_SIDE for cell in sides):
        columns = msgspec.structs.replace(columns, side=None)
    return msgspec.structs.replace(layout, columns=columns)


def _refuse_both_dumps(sources: Sequence[Source]) -> None:
    """An aggregate and its fills are the same trades under other ids, and a future's ids are not those of spot."""
    first: dict[tuple[str | None, str | None], Source] = {}
    for source in sources:
        if source.format not in (Format.BINANCE_TRADES, Format.BINANCE_AGG_TRADES):
            continue
        other = first.setdefault((source.exchange, source.symbol), source)
        if source.format is not other.format:
            raise InputError(
                f"{source.path}: both trades and aggTrades of {source.symbol} are given; their ids differ, so the same trades "
                "would count twice"
            )
        if _is_futures(source) is not _is_futures(other):
            raise InputError(
                f"{source.path}: both spot and futures of {source.symbol} are given as one market; leave --exchange out"
            )


def _is_futures(source: Source) -> bool:
    return isinstance(source.kind, Layout) and source.kind.is_futures
