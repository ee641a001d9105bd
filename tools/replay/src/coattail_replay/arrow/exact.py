"""One row, judged exactly: what the columns do, for the rows that are not plain. It is the meaning of a row, written once.

Times in ISO 8601 may name a zone; amounts may have an exponent; ids may have a sign.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from coattail_common.contracts import SCHEMA_VERSION, Origin, Side, Trade, event_id
from coattail_common.quality import EARLIEST_MICROS, LATEST_MICROS, RULES, VALUE_RULES
from coattail_connector.frames.amounts import AmountError, plain, quote_volume
from coattail_replay import times
from coattail_replay.columns import Columns, SideMeaning
from coattail_replay.naming import Naming

NO_ID: Final = -1
"""An id that is no number: the record rules refuse it."""
NO_VOLUME: Final = "0"
WORDS: Final[Mapping[SideMeaning, Mapping[str, Side]]] = {
    SideMeaning.TAKER: {"buy": Side.BUY, "b": Side.BUY, "sell": Side.SELL, "s": Side.SELL},
    SideMeaning.MAKER: {"sell": Side.BUY, "s": Side.BUY, "buy": Side.SELL, "b": Side.SELL},
    SideMeaning.BUYER_MAKER: {
        **dict.fromkeys(("false", "f", "0"), Side.BUY),
        **dict.fromkeys(("true", "t", "1"), Side.SELL),
    },
}
"""What a word in the side's column says of the taker."""
_MADE: Final = ("event_id", "origin", "schema_version")
_INCOMPLETE: Final = tuple(
    rule.name.partition(".")[2]
    for rule in RULES
    if rule.reason == "incomplete" and rule.name.partition(".")[2] not in _MADE
)
_OF_SIDE: Final = "side"
_LONG: Final = 2**63
_LONGEST: Final = 40
"""Digits of a number: more are no 64 bits."""
_integer: Final = re.compile(r"[+-]?[0-9]+").fullmatch
_fraction: Final = re.compile(r"([0-9]+)[.]([0-9]*)").fullmatch
_iso: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{1,2}(?::\d{1,2})?)(?:\.(\d*))?\s*(Z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?|[A-Za-z]\w*/\w+)?"
).fullmatch
_offset: Final = re.compile(r"([+-])(\d{1,2}):?(\d{2})?").fullmatch


def judge(texts: Mapping[str, str | None], columns: Columns, naming: Naming) -> Trade | str:
    """Return the trade of a row's texts, by field, or the rule that refuses it. Without a side column the side is empty.

    `exchange` and `symbol` may be those that hold for all rows. The rules judge in their own order.
    """
    exchange = _filled(texts.get("exchange"))
    exchange = None if exchange is None else exchange.lower()
    name = _filled(texts.get("symbol"))
    symbol = None if name is None else naming.symbol(exchange or "", name) or f"?{name}"
    timestamp = read_time(_filled(texts.get("timestamp")))
    received = read_time(_filled(texts.get("received")))
    price, quantity = (
        None if (text := _filled(texts.get(field))) is None else plain(text) for field in ("price", "quantity")
    )
    has_side = columns.side is not None
    found: dict[str, object] = {
        "exchange": exchange,
        "symbol": symbol,
        "base": None if symbol is None else symbol.partition("-")[0],
        "quote": None if symbol is None else symbol.rpartition("-")[2] if "-" in symbol else "",
        "trade_id": read_id(_filled(texts.get("trade_id"))) if columns.trade_id is not None else 0,
        "price": price,
        "quantity": quantity,
        "quote_volume": _volume(price, quantity),
        "side": _side(_filled(texts.get("side")), columns.side_meaning) if has_side else "",
        "timestamp": timestamp,
        "ingestion_timestamp": _receipt(timestamp, received),
    }
    missing = next((field for field in _INCOMPLETE if found[field] is None), None)
    if missing is not None:
        return f"incomplete.{missing}"
    return refuse(
        Trade(
            event_id=event_id(str(exchange), str(symbol), int(str(found["trade_id"]))),
            origin=Origin.BACKFILL,
            schema_version=SCHEMA_VERSION,
            **found,  # type: ignore[arg-type]
        ),
        has_side=has_side,
    )


def refuse(trade: Trade, *, has_side: bool = True) -> Trade | str:
    """Return the trade, or the first record rule that refuses what it says."""
    for rule in VALUE_RULES:
        if (has_side or rule.name != f"invalid.{_OF_SIDE}") and rule.refuses(trade):
            return rule.name
    return trade


def read_id(text: str | None) -> int | None:
    """Return the id; `NO_ID` for what is no number, None for None."""
    if text is None:
        return None
    number = int(text) if len(text) <= _LONGEST and _integer(text) else NO_ID
    return number if -_LONG <= number < _LONG else NO_ID


def read_time(text: str | None) -> int | None:
    """Return a time in UTC µs, `times.UNREADABLE` for what is none, None for None. What is finer than a microsecond is cut."""
    if text is None:
        return None
    if len(text) <= _LONGEST and _integer(text):
        number, size = int(text), len(text)
        found = times.micros(str(number).rjust(size, "0"), "") if 0 < number < _LONG else None
    elif (parts := _fraction(text)) is not None:
        found = times.micros(parts[1], parts[2])
    else:
        found = _read_iso(text)
    return times.UNREADABLE if found is None else found


def _read_iso(text: str) -> int | None:
    parts = _iso(text)
    if parts is None:
        return None
    day, clock, fraction, zone = parts.groups()
    at = _zone(zone)
    if at is None:
        return None
    try:
        hour, minute, *second = map(int, clock.split(":"))
        moment = datetime.fromisoformat(day).replace(
            hour=hour, minute=minute, second=second[0] if second else 0, tzinfo=at
        )
        since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return since // timedelta(seconds=1) * 1_000_000 + int((fraction or "")[:6].ljust(6, "0"))


def _zone(text: str | None) -> tzinfo | None:
    """The zone; None for what is none."""
    if text is None or text in {"Z", "UTC", "GMT"}:
        return UTC
    offset = _offset(text)
    if offset is not None:
        ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(ahead if offset[1] == "+" else -ahead)
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _receipt(timestamp: int | None, received: int | None) -> int | None:
    """The receive time where there is one, else the trade's own; see `times.RECEIVED_SQL`."""
    if timestamp is None:
        return None
    if EARLIEST_MICROS <= timestamp < LATEST_MICROS:
        return timestamp if received is None else received
    return EARLIEST_MICROS


def _volume(price: str | None, quantity: str | None) -> str:
    try:
        return quote_volume(price or "", quantity or "")
    except AmountError:
        return NO_VOLUME


def _side(text: str | None, meaning: SideMeaning) -> str | None:
    """The taker's side; a word that is none stays, marked, for the rules to refuse."""
    return None if text is None else WORDS[meaning].get(text.lower(), f"?{text.lower()}")


def _filled(text: str | None) -> str | None:
    return text or None
