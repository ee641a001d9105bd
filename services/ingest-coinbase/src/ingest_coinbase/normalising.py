"""From a Coinbase frame to the trade it carries."""

from collections.abc import Mapping, Sequence
from typing import Final

from coattail_common.contracts import Side
from coattail_connector import (
    DECODING_ERRORS,
    Cursor,
    ExchangeError,
    Message,
    Reason,
    Refusal,
    StreamedMarket,
    TimeError,
    micros,
    undecodable,
    unknown_market,
    unreadable_time,
)
from ingest_coinbase.frames import (
    KINDS,
    ErrorFrame,
    Heartbeat,
    LastMatch,
    MakerSide,
    Match,
    decode,
    decode_loosely,
    glimpse,
)

_SELL: Final = Side.SELL
_BUY: Final = Side.BUY
_MAKER_BOUGHT: Final = MakerSide.BUY


def normalise(markets: Mapping[str, StreamedMarket], frame: bytes | str, received_at: int) -> Sequence[Message]:
    """Return what a frame received at `received_at` (UTC µs) says. `markets` by the exchange's names (`BTC-USD`)."""
    try:
        decoded = decode(frame)
    except DECODING_ERRORS as error:
        try:
            decoded = decode_loosely(frame)
        except DECODING_ERRORS:
            return (_undecodable(frame, error),)
    if type(decoded) is Match:  # nearly always
        market = markets.get(decoded.product_id)
        if market is None:
            return (_unknown(decoded.product_id),)
        side = _SELL if decoded.side is _MAKER_BOUGHT else _BUY  # as in taker_side, whose call would be felt here
        try:
            timestamp = micros(decoded.time)
        except TimeError as error:
            return (unreadable_time(error, "$.time"),)
        return (market.streamed_trade(decoded.trade_id, decoded.price, decoded.size, side, timestamp, received_at),)
    match decoded:
        case LastMatch():
            return (_cursor(markets, decoded.product_id, decoded.trade_id),)
        case Heartbeat():
            return (_cursor(markets, decoded.product_id, decoded.last_trade_id),)
        case ErrorFrame():
            return (_exchange_error(decoded),)
        case _:
            return ()


def _exchange_error(error: ErrorFrame) -> ExchangeError:
    said = [words for words in (error.message, error.reason) if words.strip()]
    return ExchangeError(": ".join(said) or "an error without a message")


def taker_side(side: MakerSide) -> Side:
    """Return the taker's side: the opposite of the maker's, which the exchange reports."""
    return _SELL if side is _MAKER_BOUGHT else _BUY


def _cursor(markets: Mapping[str, StreamedMarket], product: str, trade_id: int) -> Message:
    market = markets.get(product)
    return Cursor(market.symbol, trade_id) if market is not None else _unknown(product)


def _unknown(product: str) -> Refusal:
    return unknown_market(product, "$.product_id")


def _undecodable(frame: bytes | str, error: Exception) -> Refusal:
    """Return why a frame did not decode with `error`: it may be of another channel."""
    try:
        kind = glimpse(frame).type
    except DECODING_ERRORS:
        return undecodable(error)
    return undecodable(error) if kind in KINDS else Refusal(Reason.UNEXPECTED, f"a message of type {kind!r}")
