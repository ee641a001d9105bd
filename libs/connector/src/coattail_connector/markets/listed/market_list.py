"""The list of all markets, a JSON list of `exchange:BASE-QUOTE`: `["binance:BTC-USDT", "coinbase:BTC-USD"]`. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from coattail_common.contracts import SYMBOL_PATTERN

_MARKET: Final = re.compile(rf"[a-z][a-z0-9]*:{SYMBOL_PATTERN}").fullmatch
_SHOWN: Final = 200


class MarketListError(ValueError):
    """The list cannot be used. The text says what is wrong, and where."""


def read_list(text: str) -> tuple[str, ...]:
    """The markets of the list, in its order. Raises `MarketListError`."""
    try:
        markets = msgspec.json.decode(text, type=tuple[str, ...])
    except (msgspec.DecodeError, UnicodeError) as error:
        message = f"no JSON list of markets ({error}): {text[:_SHOWN]!r}"
        raise MarketListError(message) from error
    if not markets:
        message = "the list of markets is empty"
        raise MarketListError(message)
    for place, market in enumerate(markets):
        if not _MARKET(market):
            message = (
                f"{market[:_SHOWN]!r} at `$[{place}]` is not a market; write exchange:BASE-QUOTE, as binance:BTC-USDT"
            )
            raise MarketListError(message)
        if market in markets[:place]:
            message = f"{market!r} at `$[{place}]` stands twice in the list"
            raise MarketListError(message)
    return markets


def of_exchange(markets: Iterable[str], exchange: str) -> tuple[str, ...]:
    """The symbols (`BTC-USDT`) of the markets that are `exchange`'s. Raises `MarketListError` when there are none."""
    symbols = tuple(symbol for place, _, symbol in (market.partition(":") for market in markets) if place == exchange)
    if not symbols:
        message = f"no market of {exchange} is in the list"
        raise MarketListError(message)
    return symbols


def plain(names: Sequence[str], exchange: str) -> tuple[str, ...]:
    """The symbols of `names`, each written `BTC-USDT` or `exchange:BTC-USDT`, once each.

    Raises `MarketListError` over a market of another exchange.
    """
    symbols = []
    for name in names:
        place, colon, symbol = name.rpartition(":")
        if colon and place != exchange:
            message = f"{name!r} is not a market of {exchange}"
            raise MarketListError(message)
        symbols.append(symbol)
    return tuple(dict.fromkeys(symbols))
