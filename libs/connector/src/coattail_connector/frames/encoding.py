"""The quick way to a trade's line: compiled where `coattail_encoder` is installed, and the same in Python where it is not.

`normalised` says what a trade is. The compiled encoder makes the usual trades from parts of a line that the contract has encoded,
and asks `normalised` for all others. The compiled reader of times does the same.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec
from msgspec import structs

from coattail_common.contracts import Origin, Side
from coattail_common.lines import MarketName, TradeLine, decode_trade, encode_trade
from coattail_connector.frames.trades import EARLIEST, LATEST, Make, normalised
from coattail_connector.markets.markets import Market

try:
    from coattail_encoder.lines import LineEncoder, TimeReader
except ImportError:
    COMPILED: bool = False
else:
    COMPILED = True

_FIELD: Final = b"<>"
"""Stands where a field goes. No exchange or symbol has it in its name."""
_ID: Final = 1


def streaming(market: Market) -> Make:
    """Return the function that makes the trades of a market's stream."""
    otherwise = partial(normalised, market, Origin.STREAM)
    if not COMPILED:
        return otherwise
    encoder = LineEncoder(
        TradeLine,
        MarketName(market.exchange, market.symbol),
        Origin.STREAM,
        sell=(Side.SELL, _parts(market, Side.SELL)),
        buy=(Side.BUY, _parts(market, Side.BUY)),
        earliest=EARLIEST,
        latest=LATEST,
        otherwise=otherwise,
    )
    return encoder.trade


def reading(exact: Callable[[str], int]) -> Callable[[str], int]:
    """Return a function that reads a time of RFC 3339 as UTC µs, as `exact` does. It asks `exact` for times that are not usual."""
    return TimeReader(exact).micros if COMPILED else exact


def _parts(market: Market, side: Side) -> tuple[bytes, ...]:
    """Return a line of the market, cut at its fields: id, id, price, quantity, volume, timestamp, time of receipt."""
    made = normalised(market, Origin.STREAM, _ID, "1", "1", side, EARLIEST, EARLIEST)
    assert isinstance(made, TradeLine)  # noqa: S101  (nothing of it can be refused)
    trade = decode_trade(made.line)
    text, number = _FIELD.decode(), _raw(_FIELD)
    line = encode_trade(
        structs.replace(
            trade,
            event_id=trade.event_id.removesuffix(str(_ID)) + text,
            trade_id=number,
            price=text,
            quantity=text,
            quote_volume=text,
            timestamp=number,
            ingestion_timestamp=number,
        )
    )
    return tuple(line.split(_FIELD))


def _raw(text: bytes) -> Any:
    return msgspec.Raw(text)
