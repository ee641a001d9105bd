"""From a Coinbase Advanced Trade frame to the trades it carries."""

from collections.abc import Mapping, Sequence
from typing import Final

from coattail_common.contracts import Side
from coattail_connector import (
    DECODING_ERRORS,
    Alias,
    Cursor,
    ExchangeError,
    Message,
    Reason,
    Refusal,
    StreamedMarket,
    TimeError,
    micros,
    separately,
    undecodable,
    unknown_market,
    unreadable_time,
)
from ingest_coinbase.advanced_frames import (
    Kind,
    MakerSide,
    MarketTrade,
    decode_channel,
    decode_error,
    decode_separately,
    decode_trade,
    decode_trades,
)

_TRADES: Final = "market_trades"
_USD: Final = "-USD"
_QUIET: Final = frozenset({"heartbeats", "subscriptions"})


def normalise(markets: Mapping[str, StreamedMarket], frame: bytes | str, received_at: int) -> Sequence[Message]:
    """Return what a frame received at `received_at` (UTC µs) says, in the order of ids. `markets` by the exchange's names (`BTC-USD`).

    The trades of a snapshot are from before the subscription: they say where each market stands, and are no news.
    """
    try:
        message = decode_trades(frame)
    except DECODING_ERRORS as error:
        return _other(markets, frame, error, received_at)
    messages: list[Message] = []
    for event in message.events:
        messages += _told(markets, event.type, event.trades, received_at)
    return messages


def _told(
    markets: Mapping[str, StreamedMarket], kind: Kind, trades: Sequence[MarketTrade], received_at: int
) -> Sequence[Message]:
    ascending = sorted(trades, key=_number)
    if kind is Kind.UPDATE:
        return [_trade(markets, one, received_at) for one in ascending]
    newest = {one.product_id: one.trade_id for one in ascending}
    return [
        Cursor(market.symbol, trade_id) if (market := markets.get(product)) else _unknown(markets, product)
        for product, trade_id in newest.items()
    ]


def _trade(markets: Mapping[str, StreamedMarket], one: MarketTrade, received_at: int) -> Message:
    market = markets.get(one.product_id)
    if market is None:
        return _unknown(markets, one.product_id)
    # The maker's side is reported: the taker did the opposite.
    side = Side.SELL if one.side is MakerSide.BUY else Side.BUY
    try:
        timestamp = micros(one.time)
    except TimeError as error:
        return unreadable_time(error, "$.time")
    return market.streamed_trade(one.trade_id, one.price, one.size, side, timestamp, received_at)


def _other(
    markets: Mapping[str, StreamedMarket], frame: bytes | str, error: Exception, received_at: int
) -> Sequence[Message]:
    """Return what a frame says that did not decode as trades, with `error`."""
    try:
        channel = decode_channel(frame).channel
    except DECODING_ERRORS:
        return _exchange_error(frame, error)
    if channel in _QUIET:
        return ()
    if channel != _TRADES:
        return (Refusal(Reason.UNEXPECTED, f"a message of channel {channel!r}"),)
    try:
        message = decode_separately(frame)
    except DECODING_ERRORS as unreadable:
        return (undecodable(unreadable),)
    messages: list[Message] = []
    for event in message.events:
        trades, refused = separately(event.trades, decode_trade)
        messages += refused
        messages += _told(markets, event.type, trades, received_at)
    return messages


def _exchange_error(frame: bytes | str, error: Exception) -> Sequence[Message]:
    try:
        told = decode_error(frame)
    except DECODING_ERRORS:
        return (undecodable(error),)
    return (ExchangeError(told.message.strip() or "an error without a message"),)


def _number(one: MarketTrade) -> int:
    return one.trade_id


def _unknown(markets: Mapping[str, StreamedMarket], product: str) -> Message:
    """Advanced Trade serves the books of USDC under the names of USD."""
    if product.endswith(_USD) and (market := markets.get(f"{product}C")):
        return Alias(market.symbol, product)
    return unknown_market(product, "$.events[].trades[].product_id")
