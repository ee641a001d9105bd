"""What a connector's parser may answer, checked without any of the code that makes it."""

import re
from collections.abc import Mapping
from decimal import Context, Decimal, Inexact
from typing import Final

import msgspec

from coattail_common.contracts import Origin, Side, Trade
from coattail_common.lines import SEPARATOR, MarketName, TradeLine, decode_trade, encode_trade
from coattail_connector import ConnectionEnd, Cursor, ExchangeError, Market, Reason, Refusal
from fuzz.target import ViolationError

RECEIVED: Final = 1_767_225_600_000_000
"""When every input was received, UTC µs."""

_PLAIN: Final = re.compile(r"[0-9]{1,20}(\.[0-9]{1,18})?").fullmatch
_EXACT: Final = Context(prec=200, traps=[Inexact])
_BEFORE: Final = 1_230_940_800_000_000
_AFTER: Final = 4_102_444_800_000_000
_LARGEST: Final = 2**63 - 1


def judge_message(message: object, markets: Mapping[str, Market]) -> str:
    """What a frame's message is, in a few words. `markets` by our names. Raises `ViolationError`."""
    match message:
        case TradeLine():
            check_trade(message, markets, Origin.STREAM)
            return "trade"
        case Refusal():
            return judge_refusal(message)
        case Cursor():
            _require(message.symbol in markets, "a cursor is of a market that is followed", message)
            _require(_is_id(message.trade_id), "an id is a whole number from 0 to 2⁶³-1", message)
            return "cursor"
        case ExchangeError():
            _require(bool(message.text.strip()), "a complaint has words", message)
            return "complaint"
        case ConnectionEnd():
            return "ending"
        case _:
            rule = "a message is a trade, a cursor, a refusal, an ending or a complaint"
            raise ViolationError(rule, repr(message))


def judge_refusal(refusal: Refusal) -> str:
    """The refusal's reason. Raises `ViolationError` where it has none."""
    _require(isinstance(refusal.reason, Reason), "a refusal has a reason", refusal)
    _require(isinstance(refusal.detail, str) and bool(refusal.detail.strip()), "a refusal has a detail", refusal)
    return f"refused: {refusal.reason}"


def check_trade(line: TradeLine, markets: Mapping[str, Market], origin: Origin) -> None:
    """Hold a trade against the contract. Raises `ViolationError`."""
    trade = _read(line)
    market = markets.get(trade.symbol)
    if market is None:
        rule = "a trade is of a market that is followed"
        raise ViolationError(rule, trade)
    named = (trade.exchange, trade.base, trade.quote)
    _require(named == (market.exchange, market.base, market.quote), "a trade has its market's names", trade)
    _require(_is_id(trade.trade_id), "an id is a whole number from 0 to 2⁶³-1", trade)
    expected = f"{market.exchange}:{market.symbol}:{trade.trade_id}"
    _require(trade.event_id == expected, "an event's id is exchange:symbol:trade_id", trade)
    _require(isinstance(trade.side, Side), "a trade has a side", trade)
    _require(trade.origin is origin, f"the origin is {origin}", trade)
    _require(type(trade.timestamp) is int and _BEFORE <= trade.timestamp < _AFTER, "a time is in 2009 to 2099", trade)
    _require(trade.ingestion_timestamp == RECEIVED, "a trade was received when its frame was", trade)
    _check_amounts(trade)


def _check_amounts(trade: Trade) -> None:
    for amount in (trade.price, trade.quantity, trade.quote_volume):
        _require(isinstance(amount, str) and _PLAIN(amount) is not None, "an amount is plain digits", trade)
    price, quantity = Decimal(trade.price), Decimal(trade.quantity)
    _require(price > 0 and quantity > 0, "an amount is above zero", trade)
    exact = _EXACT.multiply(price, quantity)
    _require(Decimal(trade.quote_volume) == exact, "the quote volume is the exact product", trade)


def _read(line: TradeLine) -> Trade:
    """The trade that a line says, which is the one it goes by."""
    _require(SEPARATOR not in line.line, "a line has no separator in it", line)
    try:
        trade = decode_trade(line.line)
    except msgspec.DecodeError as error:
        rule = "a trade's line is read by the contract"
        raise ViolationError(rule, f"{error} {line.line!r}") from error
    _require(encode_trade(trade) == line.line, "a line is as the contract encodes it", line)
    said = (trade.trade_id, trade.timestamp, trade.ingestion_timestamp, trade.origin)
    gone_by = (line.trade_id, line.timestamp, line.ingestion_timestamp, line.origin)
    _require(said == gone_by, "a line says the trade that it goes by", line)
    _require(line.market == MarketName(trade.exchange, trade.symbol), "a line is of the market that it says", line)
    return trade


def _is_id(number: object) -> bool:
    return type(number) is int and 0 <= number <= _LARGEST


def _require(condition: bool, rule: str, found: object) -> None:
    if not condition:
        raise ViolationError(rule, found)
