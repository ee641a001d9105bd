"""Kraken's WebSocket v2 messages, as bytes.

Shapes: https://docs.kraken.com/api/docs/websocket-v2/trade, status, heartbeat, ping. Prices and quantities are JSON
numbers; ``side`` is the taker's.
"""

from collections.abc import Iterable

import msgspec

from exchange_simulator.decimals import pointed
from exchange_simulator.history import PastTrade
from exchange_simulator.source import Emission
from exchange_simulator.times import iso_micros

HEARTBEAT = b'{"channel":"heartbeat"}'


def update(emission: Emission) -> bytes:
    """A trade on the ``trade`` channel."""
    trade = emission.trade
    past = PastTrade(trade.trade_id, trade.price, trade.quantity, trade.side, emission.time_us)
    return _trades("update", emission.market.native, (past,))


def snapshot(symbol: str, trades: Iterable[PastTrade]) -> bytes:
    """The latest trades of a market, oldest first, sent once at the beginning of a subscription."""
    return _trades("snapshot", symbol, trades)


def status(connection_id: int) -> bytes:
    """The first words of every connection."""
    return (
        f'{{"channel":"status","data":[{{"api_version":"v2","connection_id":{connection_id},"system":"online",'
        '"version":"2.0.0"}],"type":"update"}'
    ).encode()


def _trades(kind: str, symbol: str, trades: Iterable[PastTrade]) -> bytes:
    items = ",".join(
        f'{{"symbol":"{symbol}","side":"{trade.side}","price":{pointed(trade.price)},"qty":{pointed(trade.quantity)},'
        f'"ord_type":"market","trade_id":{trade.trade_id},"timestamp":"{iso_micros(trade.time_us)}"}}'
        for trade in trades
    )
    return f'{{"channel":"trade","type":"{kind}","data":[{items}]}}'.encode()


class Subscribed(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an acknowledgement repeats of the request, for one market."""

    channel: str
    symbol: str
    snapshot: bool | None = None


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer to a request; a subscription has one for each market."""

    method: str
    time_in: str
    time_out: str
    result: Subscribed | None = None
    success: bool | None = None
    error: str | None = None
    symbol: str | None = None
    req_id: int | None = None
