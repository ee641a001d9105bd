"""For tests of whatever handles trades."""

import asyncio
from decimal import Decimal

from coattail_common.contracts import Origin, Side, Trade, event_id
from coattail_common.lines import TradeLine, trade_line
from coattail_common.sink import TradeQueue


def a_trade(
    trade_id: int,
    *,
    exchange: str = "binance",
    symbol: str = "BTC-USDT",
    price: str = "65000.10",
    quantity: str = "0.5",
    side: Side = Side.BUY,
    timestamp: int = 1_700_000_000_000_000,
) -> Trade:
    """A trade that agrees with itself. `timestamp` in µs; it is received a millisecond later."""
    base, quote = symbol.split("-")
    return Trade(
        event_id=event_id(exchange, symbol, trade_id),
        exchange=exchange,
        symbol=symbol,
        base=base,
        quote=quote,
        trade_id=trade_id,
        price=price,
        quantity=quantity,
        quote_volume=str(Decimal(price) * Decimal(quantity)),
        side=side,
        timestamp=timestamp,
        ingestion_timestamp=timestamp + 1_000,
        origin=Origin.STREAM,
    )


def a_line(
    trade_id: int,
    *,
    exchange: str = "binance",
    symbol: str = "BTC-USDT",
    timestamp: int = 1_700_000_000_000_000,
) -> TradeLine:
    """The same on its way to the stream."""
    return trade_line(a_trade(trade_id, exchange=exchange, symbol=symbol, timestamp=timestamp))


def a_queue(trades: int, *symbols: str) -> TradeQueue:
    """So many of each market (`BTC-USDT` unless others are named), in turn, ids from 0, and no more to come."""
    queue: TradeQueue = asyncio.Queue()
    for trade_id in range(trades):
        for symbol in symbols or ("BTC-USDT",):
            queue.put_nowait(a_line(trade_id, symbol=symbol))
    queue.shutdown()
    return queue
