"""The exchange's names of markets: one on the feed, another in REST."""

from collections.abc import Iterable, Mapping
from typing import Final

from coattail_common.connector import Market, by_exchange_name

EXCHANGE: Final = "kraken"

_RENAMED: Final = {"BTC": "XBT", "DOGE": "XDG"}
"""Assets that REST calls by their older names."""


def markets_by_name(symbols: Iterable[str]) -> Mapping[str, Market]:
    """The markets `symbols` (`BTC-USD`) under the names that the feed has for them (`BTC/USD`)."""
    return by_exchange_name(EXCHANGE, symbols, lambda market: f"{market.base}/{market.quote}")


def rest_name(market: Market) -> str:
    """What REST calls the market, its `altname`: `XBTUSD`."""
    return _RENAMED.get(market.base, market.base) + _RENAMED.get(market.quote, market.quote)
