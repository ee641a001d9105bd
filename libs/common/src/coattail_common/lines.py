"""How trades travel on the stream: one record holds lines of JSON, a trade a line, all of one market.

A record with one trade and one with a hundred are read the same way. JSON escapes every control character inside strings,
so the separator cannot occur within a line.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from coattail_common.contracts import Trade

SEPARATOR: Final = b"\n"

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Trade)


def encode_trade(trade: Trade) -> bytes:
    """The trade as a line, without the separator."""
    return _encoder.encode(trade)


def decode_trade(line: bytes) -> Trade:
    """The trade of a line. Raises `msgspec.DecodeError` (not JSON) or `msgspec.ValidationError` (not a trade, saying where)."""
    return _decoder.decode(line)


def pack(lines: Iterable[bytes]) -> bytes:
    """Several lines as the payload of one record."""
    return SEPARATOR.join(lines)


def pack_trades(trades: Sequence[Trade]) -> bytes:
    """Trades as the payload of one record: the same as packing each one's line, in one pass."""
    return _encoder.encode_lines(trades)[: -len(SEPARATOR)]


def split(lines: bytes, limit: int) -> list[bytes]:
    """The lines in as few parts of at most `limit` bytes as their order allows; a longer line is a part of its own."""
    parts: list[bytes] = []
    start = 0
    while len(lines) - start > limit:
        cut = lines.rfind(SEPARATOR, start, start + limit + len(SEPARATOR))
        if cut < 0:
            cut = lines.find(SEPARATOR, start + limit)
        if cut < 0:
            break
        parts.append(lines[start:cut])
        start = cut + len(SEPARATOR)
    parts.append(lines[start:])
    return parts


def unpack(payload: bytes) -> list[bytes]:
    """The lines of a record's payload."""
    return payload.split(SEPARATOR)
