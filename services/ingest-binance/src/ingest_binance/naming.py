"""The exchange's names of markets."""

from collections.abc import Iterable, Mapping
from typing import Final

from coattail_common.connector import Market, by_exchange_name

EXCHANGE: Final = "binance"


def markets_by_name(symbols: Iterable[str]) -> Mapping[str, Market]:
    """The markets `symbols` (`BTC-USDT`) under the exchange's names (`BTCUSDT`).

    A name does not say where its base ends, so names are never taken apart. Raises `ValueError` when two would be the
    same.
    """
    return by_exchange_name(EXCHANGE, symbols, lambda market: market.base + market.quote)
