"""The formats, and telling them by a file's first lines."""

import csv
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from coattail_common import venues
from coattail_common.venues import Feed
from coattail_replay import headings
from coattail_replay.columns import Columns, SideMeaning
from coattail_replay.errors import InputError

FEEDS: Final = {feed.name: feed for venue in venues.installed() for feed in venue.feeds}
"""The feeds whose frames are recorded, by name."""

BINANCE_FUTURES: Final = "binance-futures"
"""What Binance's futures of US dollars are called here, an exchange of its own."""


class Format(StrEnum):
    """What a file is. `KRAKEN_FRAMES` are recorded frames of the feed `kraken`, one a line, and so with every feed of a venue."""

    _ignore_ = ["Members", "known"]  # noqa: RUF012  (the way that the documentation of enum has)
    Members = vars()
    for known in FEEDS:
        Members[f"{known.replace('-', '_').upper()}_FRAMES"] = f"{known}-frames"

    BINANCE_TRADES = "binance-trades"
    """Binance's public dump of single trades."""
    BINANCE_AGG_TRADES = "binance-agg-trades"
    """Binance's public dump of trades whose fills at one price are put together."""
    TARDIS = "tardis"
    """Tardis's CSV of trades."""
    CSV = "csv"
    """Any CSV, by --columns."""
    PARQUET = "parquet"
    """Our own columns, or any by --columns."""

    @property
    def is_frames(self) -> bool:
        """Whether it holds what a socket said, rather than rows."""
        return self.endswith("-frames")

    @property
    def feed(self) -> Feed:
        """The feed whose frames it holds. Raises `KeyError` for rows."""
        return FEEDS[self.removesuffix("-frames")]

    @property
    def exchange(self) -> str | None:
        """The exchange that the format belongs to."""
        exchange, _, rest = self.partition("-")
        return exchange if rest else None


class Layout(msgspec.Struct, frozen=True):
    """How the rows of a file are read: its columns in their order, what they hold, and what stands between them."""

    format: Format
    names: tuple[str, ...]
    columns: Columns
    has_header: bool = False
    delimiter: str = ","

    @property
    def exchange(self) -> str | None:
        """The exchange that the format belongs to. The dumps of Binance's futures lack the last column of spot's, isBestMatch."""
        if self.is_futures:
            return BINANCE_FUTURES
        return self.format.exchange

    @property
    def is_futures(self) -> bool:
        """Whether it is a dump of Binance's futures: another market than spot's, whatever the two are called."""
        names = {Format.BINANCE_TRADES: _TRADES_NAMES, Format.BINANCE_AGG_TRADES: _AGG_NAMES}.get(self.format)
        return names is not None and len(self.names) < len(names)


OWN: Final = Columns(
    exchange="exchange",
    symbol="symbol",
    timestamp="timestamp",
    received="ingestion_timestamp",
    trade_id="trade_id",
    side="side",
    price="price",
    quantity="quantity",
)
"""The columns of our own tables."""

_TARDIS_NAMES: Final = ("exchange", "symbol", "timestamp", "local_timestamp", "id", "side", "price", "amount")
_TARDIS: Final = msgspec.structs.replace(OWN, received="local_timestamp", trade_id="id", quantity="amount")
_TRADES_NAMES: Final = ("id", "price", "qty", "quoteQty", "time", "isBuyerMaker", "isBestMatch")
_TRADES: Final = Columns(
    timestamp="time",
    trade_id="id",
    side="isBuyerMaker",
    side_meaning=SideMeaning.BUYER_MAKER,
    price="price",
    quantity="qty",
)
_AGG_NAMES: Final = (
    "aggTradeId",
    "price",
    "quantity",
    "firstTradeId",
    "lastTradeId",
    "timestamp",
    "isBuyerMaker",
    "isBestMatch",
)
_AGG: Final = msgspec.structs.replace(_TRADES, timestamp="timestamp", trade_id="aggTradeId", quantity="quantity")
_HEADERS: Final = {
    # As the spot and the futures dumps have them.
    "id,price,qty,quoteqty,time,isbuyermaker": (Format.BINANCE_TRADES, _TRADES_NAMES, _TRADES),
    "aggtradeid,price,quantity,firsttradeid,lasttradeid": (Format.BINANCE_AGG_TRADES, _AGG_NAMES, _AGG),
    "exchange,symbol,timestamp,localtimestamp,id,side,price,amount": (Format.TARDIS, _TARDIS_NAMES, _TARDIS),
}
_ID, _AMOUNT, _TIME, _FLAG = r"\d+", r"\d+(?:\.\d+)?", r"\d{13}|\d{16}", r"(?i:true|false)"
_SHAPES: Final = {
    (_ID, _AMOUNT, _AMOUNT, _AMOUNT, _TIME, _FLAG): (Format.BINANCE_TRADES, _TRADES_NAMES, _TRADES),
    (_ID, _AMOUNT, _AMOUNT, _ID, _ID, _TIME, _FLAG): (Format.BINANCE_AGG_TRADES, _AGG_NAMES, _AGG),
    (r"[a-z-]+", r"\S+", r"\d{16}", r"\d{16}", r"\S*", r"buy|sell|unknown", _AMOUNT, _AMOUNT): (
        Format.TARDIS,
        _TARDIS_NAMES,
        _TARDIS,
    ),
}
_STAMPED: Final = re.compile(r"(?:\d+(?:\.\d+)?:? )?(\{.*)", re.DOTALL)
_KEYS: Final = {
    Format(f"{feed.name}-frames"): re.compile(feed.keys)
    for venue in venues.installed()
    for feed in reversed(venue.feeds)  # the last of them is the one with the narrower keys
}


def recognise(lines: Sequence[str], where: str, columns: Columns | None) -> Format | Layout:
    """The format of frames, or the layout of rows, that a file's first lines show. Raises `InputError` when they show none."""
    frames = [found[1] for line in lines if (found := _STAMPED.fullmatch(line))]
    if frames:
        return _frames(frames, where)
    told = [line for line in lines if line.strip()]
    if not told:
        raise InputError(f"{where} has no lines that say anything")
    delimiter = max(",;\t", key=told[0].count)
    first = _cells(told[0], delimiter)
    if columns is not None:
        return _by_columns(first, columns, delimiter)
    layout = _known(first, delimiter)
    if layout is None:
        raise InputError(f"{where}: the format is unknown; its first line is {told[0][:80]!r}. {_advice(first)}")
    return layout


def as_told(told: Format, lines: Sequence[str], where: str, columns: Columns | None) -> Format | Layout:
    """The same when the user said the format. Raises `InputError` when the lines are something else."""
    found = _recognised(lines, where)
    if found is told or (isinstance(found, Layout) and found.format is told and columns is None):
        return found
    rows = [line for line in lines if line.strip()]
    delimiter = max(",;\t", key=rows[0].count) if rows else ","
    first = _cells(rows[0], delimiter) if rows else ()
    if told is Format.CSV and columns is not None and not isinstance(found, Format):
        return _by_columns(first, columns, delimiter)
    if found is None and told.is_frames and any(map(_STAMPED.fullmatch, lines)):
        return told
    if found is not None:
        kind = found.format if isinstance(found, Layout) else found
        raise InputError(f"{where} is not {told}: it is {kind}; leave --format out, or give {kind}")
    if told is Format.CSV:
        raise InputError(f"{where}: --format csv needs --columns. {_advice(first)}")
    if told.is_frames or told is Format.PARQUET:
        raise InputError(f"{where} is not {told}: its first line is {','.join(first)[:80]!r}")
    names, known = next((names, held) for kind, names, held in _HEADERS.values() if kind is told)
    if has_names(first) or len(first) < len(known.used):
        raise InputError(
            f"{where} is not {told}: its columns would be {', '.join(names)}, its first line is {','.join(first)[:80]!r}"
        )
    return Layout(told, _named(names, len(first)), known, delimiter=delimiter)


def _recognised(lines: Sequence[str], where: str) -> Format | Layout | None:
    try:
        return recognise(lines, where, None)
    except InputError:
        return None


def _frames(frames: Sequence[str], where: str) -> Format:
    for frame in frames:
        for told, keys in _KEYS.items():
            if keys.search(frame):
                return told
    *titles, last = (venue.title for venue in venues.installed())
    raise InputError(f"{where} holds JSON of neither {', '.join(titles)} nor {last}; say by --format what it is")


def _known(first: Sequence[str], delimiter: str) -> Layout | None:
    header = ",".join(first).lower().replace("_", "")
    for start, (kind, _, columns) in _HEADERS.items():
        if header.startswith(start):
            return Layout(kind, tuple(first), _renamed(columns, kind, first), has_header=True, delimiter=delimiter)
    found = by_header(first)
    if found is not None:
        return Layout(Format.CSV, tuple(first), found, has_header=True, delimiter=delimiter)
    for shape, (kind, names, columns) in _SHAPES.items():
        if len(shape) <= len(first) and all(
            re.fullmatch(pattern, cell) for pattern, cell in zip(shape, first, strict=False)
        ):
            return Layout(kind, _named(names, len(first)), columns, delimiter=delimiter)
    return None


def by_header(header: Sequence[str]) -> Columns | None:
    """The columns of any file whose header says what they hold; None when it does not."""
    return OWN if set(OWN.used) <= set(header) else headings.read(header)


def _advice(first: Sequence[str]) -> str:
    """What to do about a file whose first line is unknown: the `--columns` to paste, if it looks like trades."""
    if len(first) < len(("timestamp", "price", "quantity")):
        return "Say which column holds what by --columns, or what it is by --format"
    if not has_names(first):
        numbered = headings.proposal_by_numbers(first)
        if numbered is not None:
            return f"If these are its time, price and quantity, give {numbered}"
    return f"Say which column holds what: {headings.proposal(first)}"


def has_names(cells: Sequence[str]) -> bool:
    """Whether a first line is a header: none of its cells begins like a number."""
    return not any(cell[:1].isdigit() for cell in cells)


def _renamed(columns: Columns, kind: Format, header: Sequence[str]) -> Columns:
    """The format's columns under the names that this header has for them, told by their places."""
    names = next(names for found, names, _ in _HEADERS.values() if found is kind)
    places = dict(zip(names, header, strict=False))
    fields = {field: getattr(columns, field) for field in columns.__struct_fields__}
    return Columns(
        **{field: places.get(held, held) if field != "side_meaning" else held for field, held in fields.items()}
    )


def _by_columns(first: Sequence[str], columns: Columns, delimiter: str) -> Layout:
    """Columns are named as the header has them, or numbered from 1 when the file has none."""
    if all(column.isdigit() for column in columns.used):
        return Layout(Format.CSV, _named((), len(first)), columns, delimiter=delimiter)
    return Layout(Format.CSV, tuple(first), columns, has_header=True, delimiter=delimiter)


def _named(names: Sequence[str], count: int) -> tuple[str, ...]:
    return tuple(names[place] if place < len(names) else str(place + 1) for place in range(count))


def _cells(line: str, delimiter: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in next(csv.reader([line.lstrip("\ufeff").rstrip("\r\n")], delimiter=delimiter)))
