"""Kraken's WebSocket v2 frames, as far as trades need them.

Source: the exchange's "WebSocket v2": Trades, Status, Heartbeat, Ping.
"""

from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec

from coattail_common.contracts import Side

type _Int64 = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Kind(StrEnum):
    """Whether trades are news, or the latest from before the subscription."""

    SNAPSHOT = "snapshot"
    UPDATE = "update"


class TradeItem(msgspec.Struct, frozen=True, gc=False):
    """One fill. `side` is the taker's; `price` and `qty` are JSON numbers, kept as the digits they are printed with, and
    `timestamp` a text for `micros`.
    """

    symbol: str
    side: Side
    price: msgspec.Raw
    qty: msgspec.Raw
    trade_id: _Int64
    timestamp: str


class Trades(msgspec.Struct, frozen=True, gc=False, tag_field="channel", tag="trade"):
    """Fills, oldest first; those of one frame need not be of one order."""

    type: Kind
    data: list[TradeItem]


class SeparateTrades(msgspec.Struct, frozen=True, tag_field="channel", tag="trade"):
    """The same, with each fill to be decoded by itself."""

    type: Kind
    data: list[msgspec.Raw]


class Status(msgspec.Struct, frozen=True):
    """How the trading engine is: `online`, `maintenance`, `cancel_only`, `post_only`."""

    system: str


class StatusFrame(msgspec.Struct, frozen=True, tag_field="channel", tag="status"):
    """At the beginning of a connection, and when it changes."""

    data: tuple[Status]


class Other(msgspec.Struct, frozen=True):
    """Any other frame: `channel` where it is of one, `method` in an answer to a request, `error` where that failed, over the
    market `symbol` where it says so.
    """

    channel: str | None = None
    method: str | None = None
    error: str | None = None
    symbol: Any = None


class Params(msgspec.Struct, frozen=True):
    """Which markets are wanted of which channel, and whether with their latest trades first."""

    symbol: tuple[str, ...]
    channel: str = "trade"
    snapshot: bool = True


class Subscribe(msgspec.Struct, frozen=True, tag_field="method", tag="subscribe"):
    """What the exchange wants to hear within a minute."""

    params: Params


decode_trades: Final = msgspec.json.Decoder(Trades).decode
"""A frame of trades, in one pass over the socket's bytes. Raises for everything else."""

decode_separately: Final = msgspec.json.Decoder(SeparateTrades).decode
"""A frame of trades one of which is no good. Raises where it is the frame that is not."""

decode_item: Final = msgspec.json.Decoder(TradeItem).decode
"""One of them."""

decode_status: Final = msgspec.json.Decoder(StatusFrame).decode
"""How the trading engine is."""

decode_other: Final = msgspec.json.Decoder(Other).decode
"""Any other frame. Raises for what is no JSON object."""


def subscription(symbols: tuple[str, ...]) -> bytes:
    """The opening words: trades, the latest first, which show a gap that opened while there was no connection."""
    return msgspec.json.encode(Subscribe(Params(symbols)))
