"""Coinbase Exchange's WebSocket frames, as far as trades need them.

Source: the exchange's "WebSocket Channels" (matches, heartbeat, error, subscriptions).
"""

from enum import StrEnum
from typing import Annotated, Final

import msgspec

from coattail_connector import digits

type _Int64 = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class MakerSide(StrEnum):
    """The side of the order that was in the book, as the exchange reports it."""

    BUY = "buy"
    SELL = "sell"


class Match(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="match"):
    """One fill. `side` is the maker's; `price` and `size` are decimal strings, `time` a text for `micros`."""

    trade_id: _Int64
    side: MakerSide
    size: str
    price: str
    product_id: str
    time: str


class LooseMatch(msgspec.Struct, frozen=True, tag_field="type", tag="match"):
    """The same, with each amount a string or a JSON number."""

    trade_id: _Int64
    side: MakerSide
    size: msgspec.Raw
    price: msgspec.Raw
    product_id: str
    time: str


class LastMatch(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="last_match"):
    """The latest fill from before the subscription; it can be minutes old."""

    trade_id: _Int64
    product_id: str


class Heartbeat(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="heartbeat"):
    """Once a second for each product, with the id of its latest fill."""

    last_trade_id: _Int64
    product_id: str


class Subscriptions(msgspec.Struct, frozen=True, tag_field="type", tag="subscriptions"):
    """The acknowledgement of a subscription."""


class ErrorFrame(msgspec.Struct, frozen=True, tag_field="type", tag="error"):
    """The exchange could not do something, `message`, because of `reason`."""

    message: str = ""
    reason: str = ""


class Channel(msgspec.Struct, frozen=True):
    """A channel and the products that are wanted on it."""

    name: str
    product_ids: tuple[str, ...]


class Subscribe(msgspec.Struct, frozen=True, tag_field="type", tag="subscribe"):
    """What the exchange wants to hear within five seconds."""

    channels: tuple[Channel, ...]


class Glimpse(msgspec.Struct, frozen=True):
    """Enough of an object to tell what kind it is."""

    type: str


type Frame = Match | LastMatch | Heartbeat | Subscriptions | ErrorFrame

KINDS: Final = frozenset({"match", "last_match", "heartbeat", "subscriptions", "error"})

decode: Final = msgspec.json.Decoder(Match | LastMatch | Heartbeat | Subscriptions | ErrorFrame).decode
"""A frame of the channels that were asked for, in one pass over the socket's bytes. Raises for everything else."""

_decode_loose: Final = msgspec.json.Decoder(LooseMatch).decode

glimpse: Final = msgspec.json.Decoder(Glimpse).decode
"""The kind of any other frame."""


def decode_loosely(frame: bytes | str) -> Match:
    """Return a fill whose amounts are JSON numbers, with the digits that are printed. Raises for everything else."""
    loose = _decode_loose(frame)
    return Match(loose.trade_id, loose.side, digits(loose.size), digits(loose.price), loose.product_id, loose.time)


def subscription(products: tuple[str, ...]) -> bytes:
    """The opening words: trades, and the heartbeats that show a gap in a quiet market."""
    return msgspec.json.encode(Subscribe(channels=(Channel("matches", products), Channel("heartbeat", products))))
