"""The exchange's names of markets."""

from collections.abc import Iterable, Mapping
from typing import Final

from coattail_common.connector import Market, by_exchange_name

EXCHANGE: Final = "coinbase"


def markets_by_name(symbols: Iterable[str]) -> Mapping[str, Market]:
    """The markets `symbols` under the exchange's names, which are the same: `BTC-USD`."""
    return by_exchange_name(EXCHANGE, symbols, lambda market: market.symbol)
