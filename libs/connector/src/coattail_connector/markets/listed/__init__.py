"""Which markets are followed: one list for all exchanges, in one notation, that may change while services run."""

from coattail_connector.markets.listed.market_list import MarketListError, of_exchange, plain, read_list
from coattail_connector.markets.listed.source import ListMissingError, ListSource, ListUnavailableError

__all__ = [
    "ListMissingError",
    "ListSource",
    "ListUnavailableError",
    "MarketListError",
    "of_exchange",
    "plain",
    "read_list",
]
