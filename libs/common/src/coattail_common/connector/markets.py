"""The markets a connector follows, by the names the exchange has for them."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

_SYMBOL: Final = re.compile(r"([A-Z0-9]{1,20})-([A-Z0-9]{1,20})").fullmatch


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """A market of an exchange: `symbol` is our name for it (`BTC-USDT`), of `base` and `quote`."""

    exchange: str
    symbol: str
    base: str
    quote: str


def market(exchange: str, symbol: str) -> Market:
    """The market called `symbol`. Raises `ValueError` unless it is written BASE-QUOTE in capitals and digits."""
    parts = _SYMBOL(symbol)
    if parts is None:
        message = f"{symbol!r} is not a market; write BASE-QUOTE in capitals, as BTC-USDT"
        raise ValueError(message)
    return Market(exchange=exchange, symbol=symbol, base=parts[1], quote=parts[2])


def by_exchange_name(exchange: str, symbols: Iterable[str], name: Callable[[Market], str]) -> Mapping[str, Market]:
    """The markets under the exchange's own names, which `name` tells. Raises `ValueError` when two would have the same
    name.
    """
    markets: dict[str, Market] = {}
    for symbol in symbols:
        new = market(exchange, symbol)
        known = markets.setdefault(name(new), new)
        if known is not new:
            message = f"{symbol} and {known.symbol} are both {name(new)} at {exchange}; keep one of them"
            raise ValueError(message)
    return markets
