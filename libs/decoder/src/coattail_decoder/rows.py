"""Typed rows: a valid trade each, in the order of arrival, with all that its line said."""

from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Any, Final

import msgspec
import pyarrow as pa

from coattail_common.contracts import Origin, Side, Trade, event_id
from coattail_common.lines import encode_trade
from coattail_decoder.look import Look, MarketName

AMOUNT: Final = pa.decimal128(38, 18)
SIDES: Final = tuple(Side)
"""By their numbers in the columns."""
ORIGINS: Final = tuple(Origin)

_COLUMNS: Final[dict[str, pa.DataType]] = {
    "market": pa.int32(),
    "trade_id": pa.int64(),
    "price": AMOUNT,
    "quantity": AMOUNT,
    "quote_volume": AMOUNT,
    "price_digits": pa.int8(),
    "quantity_digits": pa.int8(),
    "volume_digits": pa.int8(),
    "side": pa.int8(),
    "timestamp": pa.int64(),
    "ingestion_timestamp": pa.int64(),
    "origin": pa.int8(),
    "schema_version": pa.int32(),
    "record": pa.int32(),
    "line": pa.int32(),
}
ROWS: Final = pa.schema([pa.field(name, kind, nullable=False) for name, kind in _COLUMNS.items()])
"""`market`, `side` and `origin` are numbers: of the look's markets, of `SIDES` and of `ORIGINS`. `…_digits` are those that stood
behind the point; times are
µs (UTC); `record` and `line` count from 0, as the records were given."""


class Refused(msgspec.Struct, frozen=True, array_like=True):
    """A line that is no valid trade: its record and its number in it, the rule's name, its bytes."""

    record: int
    line_number: int
    rule: str
    line: bytes


class Spelled(msgspec.Struct, frozen=True, array_like=True):
    """A valid trade, by its row, whose line is not what `line_of` makes of the row."""

    row: int
    line: bytes


class Decoded(msgspec.Struct, frozen=True):
    """What records came to: `rows` (schema `ROWS`), the lines that are spelled in another way, the refused ones, and the look."""

    rows: pa.RecordBatch
    spelled: tuple[Spelled, ...]
    refused: tuple[Refused, ...]
    look: Look


def values_of(column: Any) -> list[Any]:
    """Return the values of an Arrow column, as Python has them: its own types leave open that any of them may be NULL."""
    return list(column.to_pylist())


def fixed(units: int, digits: int) -> str:
    """The amount `units` × 10⁻¹⁸ as text with so many digits behind the point."""
    whole, rest = divmod(units, 10**18)
    return f"{whole}.{rest:018d}"[: digits - 18 or None] if digits else str(whole)


def line_of(name: MarketName, row: dict[str, Any], spelled: bytes | None = None) -> bytes:
    """The bytes of the line of a row (as `pa.RecordBatch.to_pylist` has it)."""
    return spelled if spelled is not None else encode_trade(trade_of(name, row))


def trade_of(name: MarketName, row: dict[str, Any]) -> Trade:
    """The trade of a row."""
    values = msgspec.convert(row, _Row)
    return Trade(
        event_id=event_id(name.exchange, name.symbol, values.trade_id),
        exchange=name.exchange,
        symbol=name.symbol,
        base=name.base,
        quote=name.quote,
        trade_id=values.trade_id,
        price=fixed(_units(row["price"]), values.price_digits),
        quantity=fixed(_units(row["quantity"]), values.quantity_digits),
        quote_volume=fixed(_units(row["quote_volume"]), values.volume_digits),
        side=SIDES[values.side],
        timestamp=values.timestamp,
        ingestion_timestamp=values.ingestion_timestamp,
        origin=ORIGINS[values.origin],
        schema_version=values.schema_version,
    )


def as_written(trade: Trade) -> bytes:
    """The line that `line_of` makes of the trade's row: canonical, and without zeros before an amount."""
    plain = {name: _plain(getattr(trade, name)) for name in ("price", "quantity", "quote_volume")}
    return encode_trade(msgspec.structs.replace(trade, **plain))


def _plain(amount: str) -> str:
    whole, point, behind = amount.partition(".")
    return f"{int(whole)}{point}{behind}"


def spelled_by_row(spelled: Sequence[Spelled]) -> dict[int, bytes]:
    """The lines that are spelled in another way, by row."""
    return {one.row: one.line for one in spelled}


class _Row(msgspec.Struct):
    trade_id: int
    price_digits: int
    quantity_digits: int
    volume_digits: int
    side: int
    timestamp: int
    ingestion_timestamp: int
    origin: int
    schema_version: int


_EXACT: Final = Context(prec=60)


def _units(value: Decimal) -> int:
    return int(value.scaleb(18, _EXACT))
