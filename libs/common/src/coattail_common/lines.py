"""How trades travel on the stream: one record holds lines of JSON, a trade a line, all of one market.

A record with one trade and one with a hundred are read the same way. JSON escapes every control character inside strings,
so the separator cannot occur within a line.
"""

from collections.abc import Iterable
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


def unpack(payload: bytes) -> list[bytes]:
    """The lines of a record's payload."""
    return payload.split(SEPARATOR)
