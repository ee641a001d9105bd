"""The bodies of Binance's REST replies.

Shapes: https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints
"""

import msgspec

from exchange_simulator.decimals import fixed8
from exchange_simulator.history import PastTrade
from exchange_simulator.model import UNITS, Market, TakerSide


class HistoricalTrade(msgspec.Struct, frozen=True, rename="camel"):
    """A trade of ``historicalTrades``; ``time`` is in ms."""

    id: int
    price: str
    qty: str
    quote_qty: str
    time: int
    is_buyer_maker: bool
    is_best_match: bool = True


class ServerTime(msgspec.Struct, frozen=True, rename="camel"):
    """The reply of ``time``, in ms."""

    server_time: int


class SymbolInfo(msgspec.Struct, frozen=True, rename="camel"):
    """A symbol of ``exchangeInfo``, without the filters and permissions that concern orders only."""

    symbol: str
    status: str
    base_asset: str
    base_asset_precision: int
    quote_asset: str
    quote_precision: int
    quote_asset_precision: int
    is_spot_trading_allowed: bool = True


class RateLimit(msgspec.Struct, frozen=True, rename="camel"):
    """A limit that ``exchangeInfo`` declares."""

    rate_limit_type: str
    interval: str
    interval_num: int
    limit: int


class ExchangeInfo(msgspec.Struct, frozen=True, rename="camel"):
    """The reply of ``exchangeInfo``."""

    timezone: str
    server_time: int
    rate_limits: list[RateLimit]
    exchange_filters: list[str]
    symbols: list[SymbolInfo]


class Failure(msgspec.Struct, frozen=True):
    """The body of every refusal."""

    code: int
    msg: str


def historical_trade(trade: PastTrade) -> HistoricalTrade:
    """A past trade as Binance's REST prints it; ``quoteQty`` is cut to eight places, as Binance does."""
    return HistoricalTrade(
        id=trade.trade_id,
        price=fixed8(trade.price),
        qty=fixed8(trade.quantity),
        quote_qty=fixed8(trade.price * trade.quantity // UNITS),
        time=trade.time_us // 1000,
        is_buyer_maker=trade.side is TakerSide.SELL,
    )


def symbol_info(market: Market) -> SymbolInfo:
    """A market's entry in ``exchangeInfo``."""
    return SymbolInfo(
        symbol=market.native,
        status="TRADING",
        base_asset=market.base,
        base_asset_precision=8,
        quote_asset=market.quote,
        quote_precision=8,
        quote_asset_precision=8,
    )
