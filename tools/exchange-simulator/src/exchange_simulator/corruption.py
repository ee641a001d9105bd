"""Breaking a trade frame on purpose, each way by name. Works on every venue's frames, enveloped or not."""

import itertools
from collections.abc import Callable, Iterator

import msgspec

from exchange_simulator.misbehaviour import Corruption
from exchange_simulator.venues import Names

OVERSIZE_BYTES = 2 * 1024 * 1024
"""Above the 1 MiB that WebSocket clients commonly accept."""

type _Fields = dict[str, object]


def all_corruptions() -> Iterator[Corruption]:
    """Every kind in turn, for ever."""
    return itertools.cycle(Corruption)


def corrupt(frame: bytes, kind: Corruption, names: Names) -> bytes:
    """Return a broken copy of a venue's trade frame; ``names`` are its fields."""
    if kind is Corruption.TRUNCATED_JSON:
        return frame[: len(frame) * 2 // 3]
    if kind is Corruption.NOT_JSON:
        return b"<html><body>502 Bad Gateway</body></html>"
    if kind is Corruption.EMPTY_FRAME:
        return b""
    whole: _Fields = msgspec.json.decode(frame, type=dict[str, object])
    fields = _trade_in(whole)
    _EDITS[kind](fields, names)
    if kind is Corruption.UNKNOWN_SYMBOL and "stream" in whole:
        whole["stream"] = f"{names.unknown_symbol.lower()}@trade"
    return msgspec.json.encode(whole)


def _trade_in(whole: _Fields) -> _Fields:
    """The trade: the frame itself, what its envelope holds, or the first of those."""
    inner = whole.get("data")
    if isinstance(inner, list):
        (inner,) = inner
    return inner if isinstance(inner, dict) else whole


def _without_price(fields: _Fields, names: Names) -> None:
    del fields[names.price]


def _wrong_type(fields: _Fields, names: Names) -> None:
    fields[names.trade_id] = "not-a-number"


def _negative_quantity(fields: _Fields, names: Names) -> None:
    quantity = fields[names.quantity]
    fields[names.quantity] = -quantity if isinstance(quantity, float) else f"-{quantity}"


def _zero_quantity(fields: _Fields, names: Names) -> None:
    fields[names.quantity] = names.zero


def _nan_price(fields: _Fields, names: Names) -> None:
    fields[names.price] = "NaN"


def _absurd_time(fields: _Fields, names: Names) -> None:
    fields[names.time] = names.absurd_time


def _unknown_symbol(fields: _Fields, names: Names) -> None:
    fields[names.symbol] = names.unknown_symbol


def _wrong_side(fields: _Fields, names: Names) -> None:
    fields[names.side] = names.wrong_side


def _padded(fields: _Fields, names: Names) -> None:  # noqa: ARG001  (one of several)
    fields["padding"] = "x" * OVERSIZE_BYTES


_EDITS: dict[Corruption, Callable[[_Fields, Names], None]] = {
    Corruption.MISSING_FIELD: _without_price,
    Corruption.WRONG_TYPE: _wrong_type,
    Corruption.NEGATIVE_QUANTITY: _negative_quantity,
    Corruption.ZERO_QUANTITY: _zero_quantity,
    Corruption.NAN_PRICE: _nan_price,
    Corruption.ABSURD_TIMESTAMP: _absurd_time,
    Corruption.UNKNOWN_SYMBOL: _unknown_symbol,
    Corruption.WRONG_SIDE: _wrong_side,
    Corruption.OVERSIZE_FRAME: _padded,
}
