"""From a Coinbase frame to the trade it carries."""

from collections.abc import Mapping, Sequence

from coattail_common.connector import (
    DECODING_ERRORS,
    Complaint,
    Cursor,
    Market,
    Message,
    Reason,
    Refusal,
    micros,
    streamed_trade,
    undecodable,
)
from coattail_common.contracts import Side
from ingest_coinbase.frames import KINDS, ErrorFrame, Heartbeat, LastMatch, MakerSide, Match, decode, glimpse


def normalise(markets: Mapping[str, Market], frame: bytes | str, received_at: int) -> Sequence[Message]:
    """What a frame received at `received_at` (UTC µs) says. `markets` by the exchange's names (`BTC-USD`)."""
    try:
        decoded = decode(frame)
    except DECODING_ERRORS as error:
        return (_undecodable(frame, error),)
    match decoded:
        case Match():
            return (_trade(markets, decoded, received_at),)
        case LastMatch():
            return (_cursor(markets, decoded.product_id, decoded.trade_id),)
        case Heartbeat():
            return (_cursor(markets, decoded.product_id, decoded.last_trade_id),)
        case ErrorFrame():
            return (_complaint(decoded),)
        case _:
            return ()


def _complaint(error: ErrorFrame) -> Complaint:
    said = [words for words in (error.message, error.reason) if words.strip()]
    return Complaint(": ".join(said) or "an error without a message")


def _trade(markets: Mapping[str, Market], match: Match, received_at: int) -> Message:
    market = markets.get(match.product_id)
    if market is None:
        return _unknown(match.product_id)
    return streamed_trade(
        market, match.trade_id, match.price, match.size, taker_side(match.side), micros(match.time), received_at
    )


def taker_side(side: MakerSide) -> Side:
    """What the taker did: the opposite of the maker, whose side is reported."""
    return Side.SELL if side is MakerSide.BUY else Side.BUY


def _cursor(markets: Mapping[str, Market], product: str, trade_id: int) -> Message:
    market = markets.get(product)
    return Cursor(market.symbol, trade_id) if market is not None else _unknown(product)


def _unknown(product: str) -> Refusal:
    return Refusal(Reason.UNKNOWN_SYMBOL, f"{product!r} at `$.product_id` is none of the configured markets")


def _undecodable(frame: bytes | str, error: Exception) -> Refusal:
    """Why a frame did not decode, for the reason of `error`: it may be one of another channel."""
    try:
        kind = glimpse(frame).type
    except DECODING_ERRORS:
        return undecodable(error)
    return undecodable(error) if kind in KINDS else Refusal(Reason.UNEXPECTED, f"a message of type {kind!r}")
