"""Coinbase Advanced Trade's WebSocket frames, as far as trades need them.

Source: the exchange's "Advanced Trade WebSocket Channels" (market trades, heartbeats), "WebSocket Overview" (one channel a
subscription, within five seconds; market data need no key).
"""

from enum import StrEnum
from typing import Annotated, Final, Literal

import msgspec

from coattail_connector import digits, either

type _Int64 = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Kind(StrEnum):
    """Whether trades are news, or the latest from before the subscription."""

    SNAPSHOT = "snapshot"
    UPDATE = "update"


class MakerSide(StrEnum):
    """The side of the order that was in the book, as this feed reports it."""

    BUY = "BUY"
    SELL = "SELL"


class MarketTrade(msgspec.Struct, frozen=True, gc=False):
    """One fill. `side` is the maker's; `price` and `size` are decimal strings, the id is a string of digits, and `time` a text for
    `micros`.
    """

    trade_id: _Int64
    product_id: str
    price: str
    size: str
    side: MakerSide
    time: str


class LooseTrade(msgspec.Struct, frozen=True):
    """The same, with each amount a string or a JSON number."""

    trade_id: _Int64
    product_id: str
    price: msgspec.Raw
    size: msgspec.Raw
    side: MakerSide
    time: str


class TradesEvent(msgspec.Struct, frozen=True, gc=False):
    """Fills of the last 250 ms or, in a snapshot, the latest hundred of a product; newest first."""

    type: Kind
    trades: list[MarketTrade]


class SeparateEvent(msgspec.Struct, frozen=True):
    """The same, with each fill to be decoded by itself."""

    type: Kind
    trades: list[msgspec.Raw]


class MarketTrades(msgspec.Struct, frozen=True, gc=False, tag_field="channel", tag="market_trades"):
    """A message of fills."""

    events: list[TradesEvent]


class SeparateTrades(msgspec.Struct, frozen=True, tag_field="channel", tag="market_trades"):
    """The same, with each fill to be decoded by itself."""

    events: list[SeparateEvent]


class Channel(msgspec.Struct, frozen=True):
    """The channel of any other message."""

    channel: str


class Failure(msgspec.Struct, frozen=True):
    """A request was refused; it is not said which."""

    type: Literal["error"]
    message: str = ""


class Subscribe(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag="subscribe"):
    """What the exchange wants to hear within five seconds."""

    channel: str
    product_ids: tuple[str, ...] = ()


decode_trades: Final = msgspec.json.Decoder(MarketTrades, strict=False).decode
"""A message of fills, in one pass over the socket's bytes. Raises for everything else."""

decode_separately: Final = msgspec.json.Decoder(SeparateTrades).decode
"""A message of fills one of which is no good. Raises where it is the message that is not."""

_decode_loose: Final = msgspec.json.Decoder(LooseTrade, strict=False).decode

decode_channel: Final = msgspec.json.Decoder(Channel).decode
"""The channel of any other message."""

decode_error: Final = msgspec.json.Decoder(Failure).decode
"""A message of no channel: an error."""


def _loosely(item: msgspec.Raw) -> MarketTrade:
    loose = _decode_loose(item)
    price, size = digits(loose.price), digits(loose.size)
    return MarketTrade(loose.trade_id, loose.product_id, price, size, loose.side, loose.time)


decode_trade: Final = either(msgspec.json.Decoder(MarketTrade, strict=False).decode, _loosely)
"""One of them; amounts that are JSON numbers keep the digits that are printed."""


def subscriptions(products: tuple[str, ...]) -> tuple[bytes, ...]:
    """The opening words: trades, and the heartbeats without which a quiet connection is closed after a minute."""
    return (
        msgspec.json.encode(Subscribe("market_trades", products)),
        msgspec.json.encode(Subscribe("heartbeats")),
    )
