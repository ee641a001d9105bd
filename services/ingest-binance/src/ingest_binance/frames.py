"""Binance spot's WebSocket frames, as far as trades need them.

Source: the exchange's "WebSocket Streams" (trade streams, combined streams, `serverShutdown`).
"""

from typing import Annotated, Final

import msgspec

from coattail_connector import digits

type _Int64 = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class TradeEvent(msgspec.Struct, frozen=True, gc=False, tag_field="e", tag="trade"):
    """One fill: `s` the market, `t` its id, `p` and `q` decimal strings, `T` its time in ms, `m` whether the buyer was
    the maker.
    """

    s: str
    t: _Int64
    p: str
    q: str
    T: int
    m: bool


class LooseEvent(msgspec.Struct, frozen=True, tag_field="e", tag="trade"):
    """The same, with each amount a string or a JSON number."""

    s: str
    t: _Int64
    p: msgspec.Raw
    q: msgspec.Raw
    T: int
    m: bool


class TradeFrame(msgspec.Struct, frozen=True, gc=False):
    """The combined stream's envelope `{"stream": …, "data": …}` around a trade."""

    data: TradeEvent


class LooseFrame(msgspec.Struct, frozen=True):
    """The same envelope around such a trade."""

    data: LooseEvent


class Event(msgspec.Struct, frozen=True):
    """What kind of event an object is; streams that are no events, such as `bookTicker`, do not say."""

    e: str | None = None


class ErrorBody(msgspec.Struct, frozen=True):
    """An error in an answer."""

    code: int
    msg: str


class Other(msgspec.Struct, frozen=True):
    """A frame that is no trade, as far as it tells its kind.

    `stream` and `data` in a combined stream, `e` outside of one; `id` in an answer to a request; `code` with `msg`, or
    `error`, where the exchange finds something wrong.
    """

    e: str | None = None
    stream: str | None = None
    data: Event | None = None
    id: int | str | None = None
    code: int | None = None
    msg: str | None = None
    error: ErrorBody | None = None


class Subscribe(msgspec.Struct, frozen=True, tag_field="method", tag="SUBSCRIBE"):
    """A request for more streams on an open connection; it is answered under its `id`."""

    params: tuple[str, ...]
    id: int


def subscription(streams: tuple[str, ...], number: int) -> bytes:
    """Ask for these streams too."""
    return msgspec.json.encode(Subscribe(streams, number))


decode_trade: Final = msgspec.json.Decoder(TradeFrame).decode
"""A trade frame, in one pass over the socket's bytes. Raises for everything else."""

_decode_loose: Final = msgspec.json.Decoder(LooseFrame).decode

decode_other: Final = msgspec.json.Decoder(Other).decode
"""Any other frame. Raises for what is no JSON object."""


def decode_loosely(frame: bytes | str) -> TradeEvent:
    """Return a trade whose amounts are JSON numbers, with the digits that are printed. Raises for everything else."""
    loose = _decode_loose(frame).data
    return TradeEvent(loose.s, loose.t, digits(loose.p), digits(loose.q), loose.T, loose.m)
