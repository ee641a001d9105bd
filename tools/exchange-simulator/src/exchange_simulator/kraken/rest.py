"""Kraken's REST, as far as a trade connector needs it.

Source: https://docs.kraken.com/api/docs/rest-api/get-recent-trades (``since`` is a time; a page is of the trades after it,
oldest first, and without it of the latest; errors come with status 200) and
https://support.kraken.com/articles/206548367-what-are-the-api-rate-limits (public: one request a second).
"""

from collections.abc import Iterable

import msgspec
from aiohttp import web

from exchange_simulator.decimals import fixed8
from exchange_simulator.exchange import Exchange
from exchange_simulator.feed import Feed
from exchange_simulator.history import PastTrade
from exchange_simulator.misbehaviour import MisbehaviourKind
from exchange_simulator.model import Market
from exchange_simulator.tokens import TokenBucket

MAX_TRADES = 1000
_MOST_DIGITS = 19
_RENAMED = {"BTC": "XBT", "DOGE": "XDG"}
_OLD = {
    **{coin: f"X{coin}" for coin in ("ETC", "ETH", "LTC", "MLN", "REP", "XBT", "XLM", "XMR", "XRP", "ZEC")},
    **{money: f"Z{money}" for money in ("CAD", "EUR", "GBP", "JPY", "USD")},
}
_SECONDS_BELOW = 10**11
"""A ``since`` below this counts seconds, any other nanoseconds."""

type Row = tuple[str, str, msgspec.Raw, str, str, str, int]
"""Price, quantity, seconds with a fraction, ``b`` or ``s``, ``m`` or ``l``, nothing, trade id."""


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of every answer: with an error there is no result."""

    error: list[str]
    result: dict[str, list[Row] | str] | None = None


class RefusedError(Exception):
    """A request that is answered with an error, in Kraken's words."""


class KrakenRest:
    """The endpoints below ``/kraken/0/public``. One request at a time is paid for, ``per_second`` of them."""

    def __init__(self, exchange: Exchange, per_second: float) -> None:
        self._exchange = exchange
        self._rate = TokenBucket(per_second, 1, exchange.clock)

    def routes(self) -> list[web.RouteDef]:
        """What to mount."""
        return [web.get("/kraken/0/public/Trades", self._trades)]

    async def _trades(self, request: web.Request) -> web.Response:
        refusal = self._exchange.refuse_rest()
        try:
            if refusal is not None and refusal.kind is not MisbehaviourKind.RATE_LIMIT:
                return web.Response(status=refusal.status, text="<html>Service Unavailable</html>")
            if refusal is not None or not self._rate.take():
                raise RefusedError("EGeneral:Too many requests")
            body = Answer([], self._page(request))
        except RefusedError as refused:
            body = Answer([str(refused)])
        return web.Response(body=msgspec.json.encode(body), content_type="application/json")

    def _page(self, request: web.Request) -> dict[str, list[Row] | str]:
        feed = self._feed(request)
        history = feed.history
        count = min(_integer(request, "count", MAX_TRADES), MAX_TRADES)
        if "since" in request.query:
            since = _integer(request, "since", 0)
            first = history.first_after(since * 1_000_000 if since < _SECONDS_BELOW else since // 1000)
        else:
            first = history.newest_id - count + 1
        trades = list(history.between(first, first + count - 1)) if len(history) else []
        last = trades[-1].time_us * 1000 if trades else _integer(request, "since", 0)
        return {canonical(feed.market): rows(trades), "last": str(last)}

    def _feed(self, request: web.Request) -> Feed:
        feeds = {altname(feed.market): feed for feed in self._exchange.listed.values()}
        feed = feeds.get(request.query.get("pair", ""))
        if feed is None:
            raise RefusedError("EQuery:Unknown asset pair")
        return feed


def rows(trades: Iterable[PastTrade]) -> list[Row]:
    """Past trades as Kraken's REST prints them."""
    return [
        (
            fixed8(trade.price),
            fixed8(trade.quantity),
            msgspec.Raw(f"{trade.time_us // 1_000_000}.{trade.time_us % 1_000_000:06d}".encode()),
            str(trade.side)[0],
            "m",
            "",
            trade.trade_id,
        )
        for trade in trades
    ]


def altname(market: Market) -> str:
    """What REST calls a market: ``XBTUSD``."""
    return _asset(market.base) + _asset(market.quote)


def canonical(market: Market) -> str:
    """What REST answers it under: ``XXBTZUSD`` where both assets are old ones, and else the same as it was asked."""
    base, quote = _asset(market.base), _asset(market.quote)
    known = [_OLD.get(base), _OLD.get(quote)]
    return f"{known[0]}{known[1]}" if all(known) else base + quote


def _asset(name: str) -> str:
    return _RENAMED.get(name, name)


def _integer(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise RefusedError(f"EGeneral:Invalid arguments:{name}")
    return int(text)
