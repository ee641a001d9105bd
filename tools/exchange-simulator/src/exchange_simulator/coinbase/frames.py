"""Coinbase Exchange's WebSocket messages, as bytes.

Shapes: https://docs.cdp.coinbase.com/exchange/websocket-feed/channels and the recording of 17 April 2021.
``side`` is the maker's.
"""

import msgspec

from exchange_simulator.decimals import shortest
from exchange_simulator.source import Emission
from exchange_simulator.times import iso_micros

_MATCH = b'{"type":"match"'
_LAST_MATCH = b'{"type":"last_match"'


def match(emission: Emission) -> bytes:
    """A trade on the ``matches`` channel."""
    if emission.frame is not None:
        return emission.frame
    trade = emission.trade
    return (
        f'{{"type":"match","trade_id":{trade.trade_id},"maker_order_id":"{_uuid(trade.maker_order)}",'
        f'"taker_order_id":"{_uuid(trade.taker_order)}","side":"{trade.side.maker}","size":"{shortest(trade.quantity)}",'
        f'"price":"{shortest(trade.price)}","product_id":"{emission.market.native}","sequence":{trade.sequence},'
        f'"time":"{iso_micros(emission.time_us)}"}}'
    ).encode()


def last_match(emission: Emission) -> bytes:
    """The trade before a subscription, sent once at its beginning."""
    frame = match(emission)
    return _LAST_MATCH + frame[len(_MATCH) :] if frame.startswith(_MATCH) else frame


def heartbeat(latest: Emission, now_us: int) -> bytes:
    """The second's heartbeat of a product: its last trade id shows a gap even when nothing trades."""
    return (
        f'{{"type":"heartbeat","sequence":{latest.trade.sequence},"last_trade_id":{latest.trade.trade_id},'
        f'"product_id":"{latest.market.native}","time":"{iso_micros(now_us)}"}}'
    ).encode()


def _uuid(number: int) -> str:
    """A random UUID (version 4) made of a 128-bit number."""
    digits = f"{number:032x}"
    variant = "89ab"[number >> 62 & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


class Channel(msgspec.Struct, frozen=True):
    """A channel and its products, in a request and in the ``subscriptions`` reply."""

    name: str
    product_ids: list[str] = []


class Subscriptions(msgspec.Struct, frozen=True, tag_field="type", tag="subscriptions"):
    """All that a connection is subscribed to."""

    channels: list[Channel]


class ErrorMessage(msgspec.Struct, frozen=True, tag_field="type", tag="error", omit_defaults=True):
    """A refused request."""

    message: str
    reason: str | None = None
