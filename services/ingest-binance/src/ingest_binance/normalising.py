"""From a Binance frame to the trade it carries."""

from collections.abc import Mapping, Sequence
from typing import Final

from coattail_common.contracts import Side
from coattail_connector import (
    DECODING_ERRORS,
    ConnectionEnd,
    ExchangeError,
    Message,
    Reason,
    Refusal,
    StreamedMarket,
    undecodable,
    unknown_market,
)
from ingest_binance.frames import Other, decode_loosely, decode_other, decode_trade

_MICROS_PER_MILLI: Final = 1000
NOT_SUBSCRIBED: Final = "subscribe: "
"""What a complaint begins with that answers a request: nothing but subscriptions is asked for."""
_SHUTDOWN: Final = "serverShutdown"
_TRADE: Final = "trade"
_TAKER: Final = (Side.BUY, Side.SELL)
"""By whether the buyer was the maker: then it was the seller who took."""


def normalise(markets: Mapping[str, StreamedMarket], frame: bytes | str, received_at: int) -> Sequence[Message]:
    """Return what a frame received at `received_at` (UTC µs) says. `markets` by the exchange's names (`BTCUSDT`)."""
    try:
        trade = decode_trade(frame).data
    except DECODING_ERRORS as error:
        try:
            trade = decode_loosely(frame)
        except DECODING_ERRORS:
            return _other(frame, error)
    market = markets.get(trade.s)
    if market is None:
        return (unknown_market(trade.s, "$.data.s"),)
    timestamp = trade.T * _MICROS_PER_MILLI
    return (market.streamed_trade(trade.t, trade.p, trade.q, _TAKER[trade.m], timestamp, received_at),)


def _other(frame: bytes | str, error: Exception) -> Sequence[Message]:
    """Return what a frame says that did not decode as a trade, with `error`."""
    try:
        other = decode_other(frame)
    except DECODING_ERRORS:
        return (undecodable(error),)
    kind = other.e if other.data is None else other.data.e
    if kind == _SHUTDOWN:
        return (ConnectionEnd(),)
    if kind == _TRADE and other.data is not None:
        return (undecodable(error),)
    if other.error is not None:
        asked = NOT_SUBSCRIBED if other.id is not None else ""
        return (ExchangeError(f"{asked}{other.error.code}: {other.error.msg}"),)
    if other.code is not None:
        return (ExchangeError(f"{other.code}: {other.msg or 'no message'}"),)
    if other.id is not None:
        return ()
    return (Refusal(Reason.UNEXPECTED, _describe(other, kind)),)


def _describe(other: Other, kind: str | None) -> str:
    if other.stream is not None:
        return f"a message of stream {other.stream!r}"
    return f"the event {kind!r} outside a combined stream" if kind is not None else "an object of no known kind"
