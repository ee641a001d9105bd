"""Parsers that are broken on purpose, each in a way of its own: what does not find them finds nothing."""

import os
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import structs

from coattail_common.lines import TradeLine, decode_trade, encode_trade
from coattail_connector import Message, Reason, Refusal, StreamedMarket
from fuzz import simulated
from fuzz.exchanges import feed
from fuzz.target import Target
from ingest_binance.naming import markets_by_name
from ingest_binance.normalising import normalise


def raising(markets: Mapping[str, StreamedMarket], frame: bytes | str, received_at: int) -> Sequence[Message]:
    """Raises where a frame has no envelope around its event."""
    messages = normalise(markets, frame, received_at)
    for message in messages:
        if isinstance(message, Refusal) and message.reason is Reason.INCOMPLETE:
            raise KeyError(message.detail)
    return messages


def silent(markets: Mapping[str, StreamedMarket], frame: bytes | str, received_at: int) -> Sequence[Message]:
    """Does not say what is wrong with an amount."""
    return [
        Refusal(message.reason, "") if isinstance(message, Refusal) and message.reason is Reason.AMOUNT else message
        for message in normalise(markets, frame, received_at)
    ]


def rounding(markets: Mapping[str, StreamedMarket], frame: bytes | str, received_at: int) -> Sequence[Message]:
    """Multiplies as floats do."""
    return [
        structs.replace(message, line=_rounded(message.line)) if isinstance(message, TradeLine) else message
        for message in normalise(markets, frame, received_at)
    ]


def _rounded(line: bytes) -> bytes:
    trade = decode_trade(line)
    return encode_trade(structs.replace(trade, quote_volume=f"{float(trade.price) * float(trade.quantity):.8f}"))


def aborting(markets: Mapping[str, StreamedMarket], frame: bytes | str, received_at: int) -> Sequence[Message]:
    """Takes the process with it, as an error in C does."""
    if isinstance(frame, bytes) and b"null" in frame:
        os.abort()
    return normalise(markets, frame, received_at)


TARGETS: Final[tuple[Target, ...]] = tuple(
    feed(broken.__name__, broken, markets_by_name, simulated.of("binance", "BTC-USDT").frames["ws"])
    for broken in (raising, silent, rounding, aborting)
)
