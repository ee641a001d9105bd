"""How trades travel, to the stream and on it: as lines of JSON, a trade a line. A record holds lines of one market.

A record with one trade and one with a hundred are read the same way. JSON escapes every control character inside strings,
so the separator cannot occur within a line.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from coattail_common.contracts import Origin, Trade

SEPARATOR: Final = b"\n"


class MarketName(msgspec.Struct, frozen=True, cache_hash=True):
    """Which market it is: `symbol` (`BTC-USDT`) of an exchange."""

    exchange: str
    symbol: str


class TradeLine(msgspec.Struct, frozen=True, gc=False):
    """A trade on its way to the stream: its line, encoded once, and what identifies it until it is there.

    Times are UTC µs, as in `Trade`.
    """

    market: MarketName
    trade_id: int
    timestamp: int
    ingestion_timestamp: int
    origin: Origin
    line: bytes


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Trade)


def encode_trade(trade: Trade) -> bytes:
    """The trade as a line, without the separator."""
    return _encoder.encode(trade)


def decode_trade(line: bytes) -> Trade:
    """The trade of a line. Raises `msgspec.DecodeError` (not JSON) or `msgspec.ValidationError` (not a trade, saying where)."""
    return _decoder.decode(line)


def trade_line(trade: Trade) -> TradeLine:
    """The trade as it goes to the stream."""
    return TradeLine(
        MarketName(trade.exchange, trade.symbol),
        trade.trade_id,
        trade.timestamp,
        trade.ingestion_timestamp,
        trade.origin,
        encode_trade(trade),
    )


def pack(lines: Iterable[bytes]) -> bytes:
    """Several lines as the payload of one record."""
    return SEPARATOR.join(lines)


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
    """Return the lines of a record's payload. Of a payload that others wrote, `each` needs less memory."""
    return payload.split(SEPARATOR)


def each(payload: bytes) -> Iterator[bytes]:
    """Yield the lines of a record's payload, one at a time: they are as many as its bytes when it holds nothing but separators."""
    start = 0
    while (end := payload.find(SEPARATOR, start)) >= 0:
        yield payload[start:end]
        start = end + len(SEPARATOR)
    yield payload[start:]
