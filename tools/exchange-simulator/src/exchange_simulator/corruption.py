"""Breaking a trade frame on purpose, each way by name. Works on both venues' frames, enveloped or not."""

import itertools
from collections.abc import Callable, Iterator

import msgspec

from exchange_simulator.misbehaviour import Corruption

OVERSIZE_BYTES = 2 * 1024 * 1024
"""Above the 1 MiB that WebSocket clients commonly accept."""

# A frame's fields, as far as corruption knows them: (Binance's name, Coinbase's name).
_PRICE, _QUANTITY, _TIME = ("p", "price"), ("q", "size"), ("T", "time")
_SYMBOL, _SIDE, _ID = ("s", "product_id"), ("m", "side"), ("t", "trade_id")

type _Fields = dict[str, object]


def all_corruptions() -> Iterator[Corruption]:
    """Every kind in turn, for ever."""
    return itertools.cycle(Corruption)


def corrupt(frame: bytes, kind: Corruption) -> bytes:
    """A broken copy of a venue's trade frame."""
    if kind is Corruption.TRUNCATED_JSON:
        return frame[: len(frame) * 2 // 3]
    if kind is Corruption.NOT_JSON:
        return b"<html><body>502 Bad Gateway</body></html>"
    if kind is Corruption.EMPTY_FRAME:
        return b""
    whole: _Fields = msgspec.json.decode(frame, type=dict[str, object])
    inner = whole.get("data")
    fields: _Fields = inner if isinstance(inner, dict) else whole
    _EDITS[kind](fields)
    if kind is Corruption.UNKNOWN_SYMBOL and "stream" in whole:
        whole["stream"] = "nosuchusdt@trade"
    return msgspec.json.encode(whole)


def _name(fields: _Fields, names: tuple[str, str]) -> str:
    """The venue's name for a field: Coinbase's frames are the ones with a ``product_id``."""
    return names["product_id" in fields]


def _set(names: tuple[str, str], binance: object, coinbase: object) -> Callable[[_Fields], None]:
    def edit(fields: _Fields) -> None:
        name = _name(fields, names)
        fields[name] = coinbase if name == names[1] else binance

    return edit


def _without_price(fields: _Fields) -> None:
    del fields[_name(fields, _PRICE)]


def _unknown_symbol(fields: _Fields) -> None:
    fields[_name(fields, _SYMBOL)] = "NOSUCH-USD" if "product_id" in fields else "NOSUCHUSDT"


def _negative_quantity(fields: _Fields) -> None:
    name = _name(fields, _QUANTITY)
    fields[name] = f"-{fields[name]}"


def _padded(fields: _Fields) -> None:
    fields["padding"] = "x" * OVERSIZE_BYTES


_EDITS: dict[Corruption, Callable[[_Fields], None]] = {
    Corruption.MISSING_FIELD: _without_price,
    Corruption.WRONG_TYPE: _set(_ID, "not-a-number", "not-a-number"),
    Corruption.NEGATIVE_QUANTITY: _negative_quantity,
    Corruption.ZERO_QUANTITY: _set(_QUANTITY, "0.00000000", "0"),
    Corruption.NAN_PRICE: _set(_PRICE, "NaN", "NaN"),
    # The year 1 is on record: a Coinbase l2update of 2019 carries it.
    Corruption.ABSURD_TIMESTAMP: _set(_TIME, -62_135_596_800_000, "0001-01-01T00:00:00.000000Z"),
    Corruption.UNKNOWN_SYMBOL: _unknown_symbol,
    Corruption.WRONG_SIDE: _set(_SIDE, "maybe", "hold"),
    Corruption.OVERSIZE_FRAME: _padded,
}
