"""From a Kraken frame to the trades it carries."""

from collections.abc import Mapping, Sequence
from typing import Final

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
    separately,
    undecodable,
    unknown_market,
    unreadable_time,
)
from ingest_kraken.frames import (
    Kind,
    TradeItem,
    decode_item,
    decode_other,
    decode_separately,
    decode_status,
    decode_trades,
)

_ONLINE: Final = "online"


def normalise(markets: Mapping[str, StreamedMarket], frame: bytes | str, received_at: int) -> Sequence[Message]:
    """Return what a frame received at `received_at` (UTC µs) says. `markets` by the feed's names (`BTC/USD`).

    The trades of a snapshot are from before the subscription: they say where each market stands, and are no news.
    """
    try:
        trades = decode_trades(frame)
    except DECODING_ERRORS as error:
        return _other(markets, frame, error, received_at)
    if trades.type is Kind.SNAPSHOT:
        return _cursors(markets, trades.data)
    return [_trade(markets, item, received_at) for item in trades.data]


def _trade(markets: Mapping[str, StreamedMarket], item: TradeItem, received_at: int) -> Message:
    market = markets.get(item.symbol)
    if market is None:
        return _unknown(item.symbol)
    try:
        timestamp = micros(item.timestamp)
    except TimeError as error:
        return unreadable_time(error, "$.timestamp")
    return market.streamed_trade(
        item.trade_id, _digits(item.price), _digits(item.qty), item.side, timestamp, received_at
    )


def _cursors(markets: Mapping[str, StreamedMarket], items: Sequence[TradeItem]) -> Sequence[Message]:
    newest: dict[str, int] = {}
    for item in items:
        newest[item.symbol] = max(item.trade_id, newest.get(item.symbol, 0))
    return [
        Cursor(market.symbol, trade_id) if (market := markets.get(name)) else _unknown(name)
        for name, trade_id in newest.items()
    ]


def _other(
    markets: Mapping[str, StreamedMarket], frame: bytes | str, error: Exception, received_at: int
) -> Sequence[Message]:
    """Return what a frame says that did not decode as trades, with `error`."""
    try:
        other = decode_other(frame)
    except DECODING_ERRORS:
        return (undecodable(error),)
    match other.channel:
        case "trade":
            return _separately(markets, frame, received_at)
        case "status":
            return _status(frame)
        case "heartbeat":
            return ()
    if other.error is not None:
        named = isinstance(other.symbol, str) and other.symbol not in other.error
        over = f" ({other.symbol})" if named else ""
        return (ExchangeError(f"{other.method or 'request'}: {other.error}{over}"),)
    if other.method is not None:
        return ()
    return (Refusal(Reason.UNEXPECTED, f"a message of channel {other.channel!r}"),)


def _separately(markets: Mapping[str, StreamedMarket], frame: bytes | str, received_at: int) -> Sequence[Message]:
    """Return the good trades of a frame, and why the others are refused."""
    try:
        trades = decode_separately(frame)
    except DECODING_ERRORS as error:
        return (undecodable(error),)
    items, refused = separately(trades.data, decode_item)
    if trades.type is Kind.SNAPSHOT:
        return [*refused, *_cursors(markets, items)]
    return [*refused, *(_trade(markets, item, received_at) for item in items)]


def _status(frame: bytes | str) -> Sequence[Message]:
    try:
        (status,) = decode_status(frame).data
    except DECODING_ERRORS as error:
        return (undecodable(error),)
    return () if status.system == _ONLINE else (ExchangeError(f"the trading engine is in {status.system}"),)


def _digits(number: bytes) -> str:
    """Return a JSON number as it is printed. Other values keep their quotes or brackets, and are refused as amounts."""
    return str(number, "utf-8", "backslashreplace")


def _unknown(name: str) -> Refusal:
    return unknown_market(name, "$.data[].symbol")
