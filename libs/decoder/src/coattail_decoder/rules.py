"""What both forms of the decoder go by. Limits of a trade come from the rules; what a line looks like comes from the contract."""

from typing import Final

import msgspec

from coattail_common.contracts import SCHEMA_VERSION, Origin, Side, Trade, event_id
from coattail_common.lines import encode_trade

AHEAD_MICROS: Final = 10_000_000
"""How far a trade's time may be ahead of its receipt, or of its arrival, and still say what time it is: one that claims to be of
tomorrow must not end
today's windows."""
LARGEST: Final = 10**38 - 1
"""What a sum may come to, in units of 10⁻¹²: a decimal(38,12) has no room for more, and stays there."""
BITS: Final = 32_768
"""Ids of one bucket. Bucket 0 holds id 0 alone, bucket 1 the ids from 1 to 32,768."""
DIGEST_BITS: Final = 48
MOST_AT_HOLES: Final = 10_000
"""Runs of ids whose ends are looked at. With more holes than anybody could look at, as where ids are no consecutive numbers, only
the first and the last end
of each market are."""
HALF_A_DOLLAR: Final = 0.5
"""So far below the floor a sum of doubles still proposes its fills; the exact decimals decide."""

_MASK: Final = 2**64 - 1
_FACTORS: Final = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


def template() -> tuple[bytes, ...]:
    """Return the texts of a canonical line around a trade's own values.

    They are what stands before the exchange (in the event id), between exchange, symbol, base, quote, trade id, price, quantity,
    quote volume, side, timestamp,
    ingestion timestamp and origin, and after the origin. Raises `ValueError` when a contract has other fields, or in another order.
    """
    values = ("\x01e", "\x01s", "\x01b", "\x01q", 77_701, "\x01p", "\x01n", "\x01v", "\x01d", 77_702, 77_703, "\x01o")
    names = [field.name for field in msgspec.structs.fields(Trade)]
    if names != list(_FIELDS):
        message = f"the decoder reads the fields {', '.join(_FIELDS)}, and a trade has {', '.join(names)}"
        raise ValueError(message)
    made = dict(zip(_FIELDS[1:-1], values, strict=True))
    line = encode_trade(
        Trade(event_id=event_id("\x01e", "\x01s", 77_701), schema_version=SCHEMA_VERSION, **made)  # type: ignore[arg-type]
    )
    marks = [b"\\u0001e", b"\\u0001s", b"77701", *(_written(one) for one in values)]
    texts, rest = [], line
    for mark in marks:
        text, _, rest = rest.partition(mark)
        texts.append(text)
    return (*texts, rest)


def _written(value: str | int) -> bytes:
    return str(value).encode() if isinstance(value, int) else b"\\u0001" + value[1:].encode()


_FIELDS: Final = (
    "event_id",
    "exchange",
    "symbol",
    "base",
    "quote",
    "trade_id",
    "price",
    "quantity",
    "quote_volume",
    "side",
    "timestamp",
    "ingestion_timestamp",
    "origin",
    "schema_version",
)
SIDE_TEXTS: Final = tuple(side.value.encode() for side in Side)
ORIGIN_TEXTS: Final = tuple(origin.value.encode() for origin in Origin)


def bucket_of(trade_id: int) -> int:
    """The bucket that an id lies in."""
    return 0 if trade_id == 0 else (trade_id - 1) // BITS + 1


def mark_of(trade_id: int, price: int, quantity: int, is_sell: bool, timestamp: int) -> int:
    """The mark of a trade: its place in its bucket, and 48 bits of a hash of what the exchange says of it (amounts × 10⁻¹⁸, the
    time in µs).

    The hash is three rounds of the finaliser of splitmix64 over price, quantity, and time with side, each folded to 64 bits.
    """
    digest = 0
    for value in (price, quantity, timestamp * 2 + is_sell):
        digest = _mixed(digest ^ (value & _MASK) ^ _mixed(value >> 64))
    place = 0 if trade_id == 0 else (trade_id - 1) % BITS
    return place << DIGEST_BITS | digest >> 64 - DIGEST_BITS


def _mixed(value: int) -> int:
    value = (value + _FACTORS[0]) & _MASK
    value = (value ^ value >> 30) * _FACTORS[1] & _MASK
    value = (value ^ value >> 27) * _FACTORS[2] & _MASK
    return value ^ value >> 31
