"""Recorded frames → trades of the wire, by the connectors' own normalisers.

A line is `<json>`, `<receive time> <json>` or `<receive time>: <json>`, the time in s, ms, µs or ns; or the whole file is a JSON array of
frames. What is not a trade is skipped and counted by its kind; a trade that the connector would refuse is refused, and so is a frame too
large to be looked at.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import batched
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from coattail_common import venues
from coattail_common.contracts import Origin, Trade
from coattail_common.lines import TradeLine, decode_trade
from coattail_connector import Message, Reason, Refusal, StreamedMarket
from coattail_replay import bounded
from coattail_replay.errors import InputError
from coattail_replay.formats import BINANCE_FUTURES, Format
from coattail_replay.naming import NamedMarkets, Naming
from coattail_replay.opening import unpacked
from coattail_replay.place import PLACE, TRADE_FIELDS, VERDICT
from coattail_replay.sources import Source, is_array
from coattail_replay.times import micros

_LINE: Final = re.compile(rb"(?:(\d+)(\.\d+)?:? )?(\{.*\})\s*", re.DOTALL)
_OF_FUTURES: Final = b'"X"'
"""A field of trades of Binance's futures that trades of spot have not."""
_ROWS_A_BATCH: Final = 50_000
_LONGEST: Final = 16 << 20
"""Of a frame (bytes): the largest are snapshots of order books, of some MiB."""
_KEPT: Final = 4096
"""Bytes of a frame that is too large."""
_TOO_LARGE: Final = "malformed.too_large"
_NUMBERS: Final = frozenset({"trade_id", "timestamp", "ingestion_timestamp"})
_SCHEMA: Final = pa.schema(
    [
        *((name, pa.int64()) for name in PLACE),
        *(
            (name, pa.int64() if name in _NUMBERS else pa.int32() if name == "schema_version" else pa.string())
            for name in TRADE_FIELDS
        ),
        (VERDICT, pa.string()),
        ("line", pa.binary()),
    ]
)
_RULES: Final = {
    Reason.MALFORMED: "malformed.frame",
    Reason.INCOMPLETE: "incomplete.frame",
    Reason.INVALID: "invalid.frame",
    Reason.AMOUNT: "invalid.amount",
    Reason.TIME: "invalid.timestamp",
    Reason.UNKNOWN_SYMBOL: "invalid.symbol",
}
"""Why a connector refuses a trade → the rule under which the row lies in `dq_rejects`."""

_BINANCE: Final = Format("binance-frames")

type Normalise = Callable[[Mapping[str, StreamedMarket], bytes, int], Sequence[Message]]


class _Kind(msgspec.Struct):
    """Enough of a frame to tell what kind it is."""

    stream: str | None = None
    channel: str | None = None
    type: str | None = None
    e: str | None = None


_kind: Final = msgspec.json.Decoder(_Kind).decode


class Row(msgspec.Struct, frozen=True, gc=False):
    """A line that was to be a trade, or one of several: the trade, or the rule that refuses it and the bytes."""

    number: int
    trade: Trade | None
    refused_by: str | None = None
    line: bytes | None = None


def spool(source: Source, naming: Naming, folder: Path, advance: Callable[[int], None]) -> Counter[str]:
    """Write the trades of a recording as Parquet into `folder`; the messages that were skipped, by kind.

    Raises `InputError` when the file is damaged, holds no trade, or names a market that cannot be told.
    """
    skipped: Counter[str] = Counter()
    with pq.ParquetWriter(folder / f"{source.number}.parquet", _SCHEMA, compression="lz4") as writer:
        for batch in batched(read(source, naming, skipped, advance), _ROWS_A_BATCH, strict=False):
            writer.write_table(_table(source.number, batch))
    return skipped


def read(source: Source, naming: Naming, skipped: Counter[str], advance: Callable[[int], None]) -> Iterator[Row]:
    """Yield the rows of a recording; what is skipped is counted into `skipped`.

    Raises `InputError` when the file is damaged, holds no trade, or names a market that cannot be told.
    """
    found = False
    with unpacked(source.path) as file:
        split = bounded.elements if is_array(source.path) else bounded.lines
        for row in rows(split(file, _LONGEST), source, naming, skipped, advance):
            found = True
            yield row
    if not found:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in skipped.most_common(5))
        raise InputError(f"{source.path} holds no trade; it holds {kinds}")


def line_of(trade: Trade) -> bytes:
    """Return a trade as JSON, for one that a record rule refuses: its frame may hold others."""
    return msgspec.json.encode({name: getattr(trade, name) for name in TRADE_FIELDS})


def rows(
    lines: Iterable[tuple[bytes, int]],
    source: Source,
    naming: Naming,
    skipped: Counter[str],
    advance: Callable[[int], None],
) -> Iterator[Row]:
    """The frames, with their lengths, that are trades or were to be; what is skipped is counted into `skipped`."""
    normalise: Normalise = venues.code(source.format.feed.normalise)
    of_format, of_futures = (
        NamedMarkets(source.exchange or exchange, naming)
        for exchange in (source.format.exchange or "", BINANCE_FUTURES)
    )
    for number, (line, length) in enumerate(lines, 1):
        advance(length)
        if length > len(line):
            yield Row(number, None, _TOO_LARGE, line[:_KEPT])
            continue
        if not line.strip() or line.startswith(b"wss://"):
            continue
        parsed = _LINE.fullmatch(line)
        if parsed is None:
            yield Row(number, None, "malformed.frame", line.rstrip(b"\r\n"))
            continue
        frame = _as_received(parsed[3], source.format)
        markets = of_futures if source.format is _BINANCE and _OF_FUTURES in frame else of_format
        received = _received(parsed[1], parsed[2])
        is_trade = False
        for message in normalise(markets, frame, received or 0):
            if isinstance(message, TradeLine):
                is_trade = True
                trade = decode_trade(message.line)
                at = trade.timestamp if received is None else trade.ingestion_timestamp
                yield Row(number, msgspec.structs.replace(trade, origin=Origin.BACKFILL, ingestion_timestamp=at))
            elif isinstance(message, Refusal) and message.reason in _RULES and not _is_other(parsed[3], source.format):
                is_trade = True
                if message.reason is Reason.UNKNOWN_SYMBOL:
                    raise InputError(
                        f"{source.path}, line {number}: {message.detail}; name the market by --symbols BASE-QUOTE"
                    )
                yield Row(number, None, _RULES[message.reason], line.rstrip(b"\r\n"))
        if not is_trade:
            skipped[_told_kind(parsed[3])] += 1


def _as_received(frame: bytes, told: Format) -> bytes:
    """The frame as the connector gets it: what a raw stream of Binance says stands in an envelope there."""
    is_raw = told is _BINANCE and b'"data"' not in frame and _told_kind(frame) == told.feed.trades
    return b'{"data":%b}' % frame if is_raw else frame


def _received(whole: bytes | None, fraction: bytes | None) -> int | None:
    """The receive time in µs; None when the line has none."""
    return None if whole is None else micros(whole.decode(), (fraction or b"").decode().removeprefix("."))


def _is_other(frame: bytes, told: Format) -> bool:
    """Whether a frame that the connector refuses is no trade at all: its own words, or another channel's."""
    kind = _told_kind(frame)
    return kind not in (told.feed.trades, "?")


def _told_kind(frame: bytes) -> str:
    try:
        told = _kind(frame)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return "?"
    if told.stream is not None:
        return told.stream.partition("@")[2] if "@" in told.stream else told.stream
    return told.channel or told.type or told.e or "other"


def _table(source: int, batch: Sequence[Row]) -> pa.Table:
    columns: dict[str, list[object]] = {"source": [source] * len(batch), "row": [row.number for row in batch]}
    for name in TRADE_FIELDS:
        columns[name] = [None if row.trade is None else getattr(row.trade, name) for row in batch]
    columns[VERDICT] = [row.refused_by for row in batch]
    columns["line"] = [row.line for row in batch]
    return pa.table(columns, schema=_SCHEMA)
