"""Coinbase Advanced Trade's WebSocket messages, as bytes.

Shapes: https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-channels. ``side`` is the maker's, ids
are strings, times have four to six fraction digits.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from exchange_simulator.decimals import shortest
from exchange_simulator.history import PastTrade
from exchange_simulator.source import Emission
from exchange_simulator.times import iso_micros

_FEWEST_DIGITS = 4


def trade(emission: Emission) -> bytes:
    """A trade as it stands in an update."""
    told = emission.trade
    past = PastTrade(told.trade_id, told.price, told.quantity, told.side, emission.time_us)
    return past_trade(emission.market.native, past)


def past_trade(product: str, told: PastTrade) -> bytes:
    """A trade as it stands in a snapshot."""
    return (
        f'{{"trade_id":"{told.trade_id}","product_id":"{product}","price":"{shortest(told.price)}",'
        f'"size":"{shortest(told.quantity)}","side":"{told.side.maker.upper()}","time":"{_time(told.time_us)}"}}'
    ).encode()


def market_trades(kind: str, trades: Sequence[bytes]) -> bytes:
    """The events of a message of the channel ``market_trades``: a ``snapshot`` or an ``update``."""
    return b'[{"type":"%b","trades":[%b]}]' % (kind.encode(), b",".join(trades))


def heartbeats(now_us: int, counter: int) -> bytes:
    """The events of a message of the channel ``heartbeats``."""
    at = iso_micros(now_us)[:-1].replace("T", " ")
    return f'[{{"current_time":"{at} +0000 UTC m=+91717.525857105","heartbeat_counter":"{counter}"}}]'.encode()


def subscriptions(channels: Mapping[str, Iterable[str]]) -> bytes:
    """The events of a message that tells all that a connection is subscribed to."""
    return msgspec.json.encode([{"subscriptions": {name: list(products) for name, products in channels.items()}}])


def enveloped(channel: str, sequence: int, now_us: int, events: bytes) -> bytes:
    """A message: its channel, its number on the connection, and its events."""
    return b'{"channel":"%b","client_id":"","timestamp":"%b","sequence_num":%d,"events":%b}' % (
        channel.encode(),
        iso_micros(now_us).encode(),
        sequence,
        events,
    )


def _time(time_us: int) -> str:
    whole, _, fraction = iso_micros(time_us)[:-1].partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(_FEWEST_DIGITS, '0')}Z"


class Failure(msgspec.Struct, frozen=True, tag_field="type", tag="error"):
    """A refused request; it does not say which."""

    message: str
