"""The exchange's names of markets: one on the feed, another in REST."""

from collections.abc import Iterable, Mapping
from typing import Final

from coattail_connector import Market, StreamedMarket, by_exchange_name, market
from ingest_kraken.assets import altname
from ingest_kraken.venue import VENUE

EXCHANGE: Final = VENUE.name


def named(symbol: str) -> tuple[Market, str]:
    """Return the market called `symbol` (`BTC-USD`), and what REST calls it, its `altname`: `XBTUSD`."""
    found = market(EXCHANGE, symbol)
    return found, altname(found.base) + altname(found.quote)


def markets_by_name(symbols: Iterable[str]) -> Mapping[str, StreamedMarket]:
    """Return the markets `symbols` (`BTC-USD`) under the names that the feed has for them (`BTC/USD`)."""
    return by_exchange_name(EXCHANGE, symbols, lambda market: f"{market.base}/{market.quote}")
