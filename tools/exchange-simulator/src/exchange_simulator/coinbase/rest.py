"""Coinbase Exchange's REST, as far as a trade connector needs it.

Source: https://docs.cdp.coinbase.com/exchange/reference (get product trades, pagination, rate limits)
"""

from collections.abc import Callable

import msgspec
from aiohttp import web
from multidict import CIMultiDict

from exchange_simulator.decimals import fixed8
from exchange_simulator.exchange import Exchange
from exchange_simulator.feed import Feed
from exchange_simulator.generator.increments import increments
from exchange_simulator.history import PastTrade
from exchange_simulator.misbehaviour import MisbehaviourKind
from exchange_simulator.model import UNITS, Venue
from exchange_simulator.times import iso_micros
from exchange_simulator.tokens import TokenBucket

MAX_TRADES = 1000
_MOST_DIGITS = 18


class ProductTrade(msgspec.Struct, frozen=True):
    """A trade of ``/products/{id}/trades``: decimals with eight places, ``side`` the maker's."""

    time: str
    trade_id: int
    price: str
    size: str
    side: str


class Product(msgspec.Struct, frozen=True):
    """A product of ``/products``."""

    id: str
    base_currency: str
    quote_currency: str
    quote_increment: str
    base_increment: str
    display_name: str
    min_market_funds: str
    margin_enabled: bool
    post_only: bool
    limit_only: bool
    cancel_only: bool
    status: str
    status_message: str
    auction_mode: bool
    trading_disabled: bool = False
    fx_stablecoin: bool = False


class Failure(msgspec.Struct, frozen=True):
    """The body of every refusal."""

    message: str


class RefusedError(Exception):
    """A request that is answered with an error body."""

    def __init__(self, status: int, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class CoinbaseRest:
    """The endpoints below ``/coinbase/products``."""

    def __init__(self, exchange: Exchange, requests_per_second: float, burst: int) -> None:
        self._exchange = exchange
        self._rate = TokenBucket(requests_per_second, burst, exchange.clock)

    def routes(self) -> list[web.RouteDef]:
        """What to mount."""
        return [
            web.get("/coinbase/products", self._products),
            web.get("/coinbase/products/{product}", self._product),
            web.get("/coinbase/products/{product}/trades", self._trades),
        ]

    async def _products(self, _request: web.Request) -> web.Response:
        return self._reply(lambda _: [_describe(feed) for feed in self._exchange.listed.values()])

    async def _product(self, request: web.Request) -> web.Response:
        return self._reply(lambda _: _describe(self._feed(request)))

    async def _trades(self, request: web.Request) -> web.Response:
        return self._reply(lambda headers: self._page(request, headers))

    def _reply(self, answer: Callable[[CIMultiDict[str]], object]) -> web.Response:
        headers: CIMultiDict[str] = CIMultiDict()
        try:
            self._refuse_if_ordered()
            if not self._rate.take():
                raise RefusedError(429, "Public rate limit exceeded", 1)
            body, status = answer(headers), 200
        except RefusedError as refused:
            body, status = Failure(str(refused)), refused.status
            if refused.retry_after is not None:
                headers["Retry-After"] = str(refused.retry_after)
        return web.Response(
            body=msgspec.json.encode(body), status=status, headers=headers, content_type="application/json"
        )

    def _refuse_if_ordered(self) -> None:
        refusal = self._exchange.refuse_rest()
        if refusal is not None:
            limited = refusal.kind is MisbehaviourKind.RATE_LIMIT
            message = "Public rate limit exceeded" if limited else "Internal server error"
            raise RefusedError(refusal.status, message, refusal.retry_after)

    def _page(self, request: web.Request, headers: CIMultiDict[str]) -> list[ProductTrade]:
        """The newest trades, newest first: older than ``after``, newer than ``before``.

        ``before`` does not page forwards: it only shortens the newest page. So a client can read a gap that is larger
        than a page only by going back with ``after``.
        """
        history = self._feed(request).history
        limit = _integer(request, "limit", MAX_TRADES)
        if not 1 <= limit <= MAX_TRADES:
            raise RefusedError(400, f"limit must be between 1 and {MAX_TRADES}")
        newest = min(history.newest_id, _integer(request, "after", history.newest_id + 1) - 1)
        oldest = max(history.oldest_id, newest - limit + 1, _integer(request, "before", 0) + 1)
        trades = [product_trade(trade) for trade in history.between(oldest, newest)]
        trades.reverse()
        if trades:
            headers["CB-BEFORE"] = str(trades[0].trade_id)
            headers["CB-AFTER"] = str(trades[-1].trade_id)
        return trades

    def _feed(self, request: web.Request) -> Feed:
        feed = self._exchange.feed(request.match_info["product"])
        if feed is None:
            raise RefusedError(404, "NotFound")
        return feed


def product_trade(trade: PastTrade) -> ProductTrade:
    """A past trade as Coinbase's REST prints it."""
    return ProductTrade(
        time=iso_micros(trade.time_us),
        trade_id=trade.trade_id,
        price=fixed8(trade.price),
        size=fixed8(trade.quantity),
        side=trade.side.maker,
    )


def _describe(feed: Feed) -> Product:
    market, price = feed.market, feed.latest.trade.price / UNITS if feed.latest is not None else 1.0
    return Product(
        id=market.native,
        base_currency=market.base,
        quote_currency=market.quote,
        quote_increment=fixed8(increments(Venue.COINBASE, price).tick),
        base_increment="0.00000001",
        display_name=f"{market.base}/{market.quote}",
        min_market_funds="1",
        margin_enabled=False,
        post_only=False,
        limit_only=False,
        cancel_only=False,
        status="online",
        status_message="",
        auction_mode=False,
    )


def _integer(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise RefusedError(400, f"{name} is not a valid number")
    return int(text)
