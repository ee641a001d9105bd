"""Telling the trades of a recording from everything else in it."""

from typing import Literal

import msgspec

from exchange_simulator.decimals import units
from exchange_simulator.model import Market, TakerSide, Trade, Venue
from exchange_simulator.replay.lines import Line
from exchange_simulator.replay.symbols import parted
from exchange_simulator.times import micros


class RecordedTrade(msgspec.Struct, frozen=True, gc=False):
    """A recorded trade frame: what it says, when it came, and its bytes.

    ``is_new`` is false for a ``last_match``; ``trade.time_us`` is UTC.
    """

    market: Market
    trade: Trade
    received_us: int
    frame: bytes
    is_new: bool


class _Head(msgspec.Struct):
    stream: str = ""
    type: str = ""


class _BinanceTrade(msgspec.Struct):
    s: str
    t: int
    p: str
    q: str
    T: int
    m: bool


class _BinanceFrame(msgspec.Struct):
    data: _BinanceTrade


class _CoinbaseMatch(msgspec.Struct):
    type: Literal["match", "last_match"]
    trade_id: int
    side: Literal["buy", "sell"]
    size: str
    price: str
    product_id: str
    sequence: int
    time: str


_head = msgspec.json.Decoder(_Head)
_binance = msgspec.json.Decoder(_BinanceFrame)
_coinbase = msgspec.json.Decoder(_CoinbaseMatch)


def read_trade(venue: Venue, line: Line) -> RecordedTrade | str:
    """The line's trade, or the type of message it is instead.

    Raises:
        msgspec.DecodeError: the frame is not JSON, or a trade that lacks a field.
        ValueError: a number, a time or a symbol of the trade cannot be read.
    """
    head = _head.decode(line.frame)
    if venue is Venue.BINANCE:
        _, _, kind = head.stream.partition("@")
        return _binance_trade(line) if kind == "trade" else kind or "other"
    return _coinbase_trade(line) if head.type in ("match", "last_match") else head.type or "other"


def _binance_trade(line: Line) -> RecordedTrade:
    told = _binance.decode(line.frame).data
    side = TakerSide.SELL if told.m else TakerSide.BUY
    trade = Trade(told.t, units(told.p), units(told.q), side, told.T * 1000)
    return RecordedTrade(Market(Venue.BINANCE, parted(told.s)), trade, line.received_us, line.frame, True)


def _coinbase_trade(line: Line) -> RecordedTrade:
    told = _coinbase.decode(line.frame)
    side = TakerSide.SELL if told.side == "buy" else TakerSide.BUY
    trade = Trade(told.trade_id, units(told.price), units(told.size), side, micros(told.time), told.sequence)
    market = Market(Venue.COINBASE, told.product_id)
    return RecordedTrade(market, trade, line.received_us, line.frame, told.type == "match")
