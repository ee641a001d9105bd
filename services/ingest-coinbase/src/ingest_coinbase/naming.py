"""The exchange's names of markets."""

from collections.abc import Iterable, Mapping
from typing import Final

from coattail_connector import Market, StreamedMarket, by_exchange_name, market
from ingest_coinbase.venue import VENUE

EXCHANGE: Final = VENUE.name


def named(symbol: str) -> tuple[Market, str]:
    """Return the market called `symbol` (`BTC-USD`), and the exchange's name for it, which is the same."""
    found = market(EXCHANGE, symbol)
    return found, _name(found)


def markets_by_name(symbols: Iterable[str]) -> Mapping[str, StreamedMarket]:
    """Return the markets `symbols` under the exchange's names, which are the same: `BTC-USD`."""
    return by_exchange_name(EXCHANGE, symbols, _name)


def _name(market: Market) -> str:
    return market.symbol
