"""The exchange's names of markets."""

from collections.abc import Iterable, Mapping
from typing import Final

from coattail_connector import Market, StreamedMarket, by_exchange_name, market
from ingest_binance.venue import VENUE

EXCHANGE: Final = VENUE.name


def named(symbol: str) -> tuple[Market, str]:
    """Return the market called `symbol` (`BTC-USDT`), and the exchange's name for it (`BTCUSDT`)."""
    found = market(EXCHANGE, symbol)
    return found, _name(found)


def markets_by_name(symbols: Iterable[str]) -> Mapping[str, StreamedMarket]:
    """Return the markets `symbols` (`BTC-USDT`) under the exchange's names (`BTCUSDT`).

    A name does not say where its base ends, so names are never taken apart. Raises `ValueError` when two would be the
    same.
    """
    return by_exchange_name(EXCHANGE, symbols, _name)


def _name(market: Market) -> str:
    return market.base + market.quote
