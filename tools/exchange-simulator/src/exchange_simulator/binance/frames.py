"""Binance spot's WebSocket messages, as bytes.

Shapes: https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams and the recordings of
8 August 2024, which carry no ``b`` and ``a`` order ids any more.
"""

import msgspec

from exchange_simulator.decimals import fixed8
from exchange_simulator.model import Market, TakerSide
from exchange_simulator.source import Emission

type RequestId = int | str | None


def stream_name(market: Market) -> str:
    """The name of a market's trade stream: ``btcusdt@trade``."""
    return f"{market.native.lower()}@trade"


def raw(emission: Emission) -> bytes:
    """A trade as ``/ws`` sends it."""
    if emission.frame is not None:
        return unwrap(emission.frame)
    return _payload(emission).encode()


def combined(emission: Emission) -> bytes:
    """A trade as ``/stream`` sends it: in an envelope with the stream's name."""
    if emission.frame is not None:
        return emission.frame
    return f'{{"stream":"{stream_name(emission.market)}","data":{_payload(emission)}}}'.encode()


def unwrap(envelope: bytes) -> bytes:
    """The payload of a combined frame, byte for byte."""
    return envelope[envelope.index(b'"data":') + len(b'"data":') : -1]


def _payload(emission: Emission) -> str:
    trade, time_ms = emission.trade, emission.time_us // 1000
    # The recorded event times (E) are 0 to 3 ms after the trade's (T), nearly always.
    event_ms = time_ms + trade.trade_id % 3
    buyer_is_maker = "true" if trade.side is TakerSide.SELL else "false"
    return (
        f'{{"e":"trade","E":{event_ms},"s":"{emission.market.native}","t":{trade.trade_id},'
        f'"p":"{fixed8(trade.price)}","q":"{fixed8(trade.quantity)}","T":{time_ms},"m":{buyer_is_maker},"M":true}}'
    )


def server_shutdown(time_ms: int, *, is_combined: bool) -> bytes:
    """The announcement that the connection is about to end."""
    event = f'{{"e":"serverShutdown","E":{time_ms}}}'
    return (f'{{"stream":"!serverShutdown","data":{event}}}' if is_combined else event).encode()


class Acknowledgement(msgspec.Struct, frozen=True):
    """A successful request's reply: ``null``, a list of streams, or a property's value."""

    result: list[str] | bool | None
    id: RequestId


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True):
    """A failed request's reply."""

    code: int
    msg: str
    id: RequestId = None
