"""Binance's REST, as far as a trade connector needs it, with its weights and refusals.

Source: https://developers.binance.com/docs/binance-spot-api-docs/rest-api (limits, errors, market data endpoints)
"""

from collections.abc import Callable

import msgspec
from aiohttp import web

from exchange_simulator.binance.replies import (
    ExchangeInfo,
    Failure,
    HistoricalTrade,
    RateLimit,
    ServerTime,
    historical_trade,
    symbol_info,
)
from exchange_simulator.binance.weights import WeightLimit
from exchange_simulator.exchange import Exchange
from exchange_simulator.feed import Feed
from exchange_simulator.misbehaviour import MisbehaviourKind

MAX_TRADES = 1000
_DEFAULT_TRADES = 500
_WEIGHT_TRADES, _WEIGHT_INFO, _WEIGHT_TIME = 25, 20, 1
_MOST_DIGITS = 20


class RefusedError(Exception):
    """A request that is answered with an error body."""

    def __init__(self, status: int, code: int, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.failure = Failure(code, message)
        self.retry_after = retry_after


class BinanceRest:
    """The endpoints below ``/binance/api/v3``."""

    def __init__(self, exchange: Exchange, weight_limit: int) -> None:
        self._exchange = exchange
        self._weight_limit = weight_limit
        self._weights = WeightLimit(weight_limit, exchange.clock)

    def routes(self) -> list[web.RouteDef]:
        """What to mount."""
        return [
            web.get("/binance/api/v3/historicalTrades", self._historical_trades),
            web.get("/binance/api/v3/exchangeInfo", self._exchange_info),
            web.get("/binance/api/v3/time", self._time),
        ]

    async def _historical_trades(self, request: web.Request) -> web.Response:
        return self._reply(_WEIGHT_TRADES, lambda: self._trades(request))

    async def _exchange_info(self, request: web.Request) -> web.Response:
        return self._reply(_WEIGHT_INFO, lambda: self._info(request))

    async def _time(self, _request: web.Request) -> web.Response:
        return self._reply(_WEIGHT_TIME, self._server_time)

    def _reply(self, weight: int, answer: Callable[[], object]) -> web.Response:
        verdict = self._weights.spend(weight)
        headers = {"X-MBX-USED-WEIGHT": str(verdict.used), "X-MBX-USED-WEIGHT-1M": str(verdict.used)}
        try:
            self._refuse_if_ordered()
            self._refuse_if_too_much(verdict.status, verdict.retry_after)
            body, status = answer(), 200
        except RefusedError as refused:
            body, status = refused.failure, refused.status
            if refused.retry_after is not None:
                headers["Retry-After"] = str(refused.retry_after)
        return web.Response(
            body=msgspec.json.encode(body), status=status, headers=headers, content_type="application/json"
        )

    def _refuse_if_ordered(self) -> None:
        refusal = self._exchange.refuse_rest()
        if refusal is None:
            return
        if refusal.kind is MisbehaviourKind.RATE_LIMIT:
            self._refuse_if_too_much(refusal.status, refusal.retry_after or 0)
        raise RefusedError(refusal.status, -1000, "An unknown error occurred while processing the request.")

    def _refuse_if_too_much(self, status: int, retry_after: int) -> None:
        if status == 429:
            message = (
                f"Too much request weight used; current limit is {self._weight_limit} request weight per 1 MINUTE."
                " Please use WebSocket Streams for live updates to avoid polling the API."
            )
            raise RefusedError(429, -1003, message, retry_after)
        if status == 418:
            until_ms = self._exchange.clock.now_us() // 1000 + retry_after * 1000
            message = (
                f"Way too much request weight used; IP banned until {until_ms}."
                " Please use WebSocket Streams for live updates to avoid bans."
            )
            raise RefusedError(418, -1003, message, retry_after)

    def _trades(self, request: web.Request) -> list[HistoricalTrade]:
        """Trades from ``fromId`` on, or the newest, oldest first either way."""
        history = self._feed(request).history
        limit = min(_integer(request, "limit", _DEFAULT_TRADES), MAX_TRADES)
        if limit == 0:
            raise RefusedError(400, -1130, "Data sent for parameter 'limit' is not valid.")
        first = _integer(request, "fromId", history.newest_id - limit + 1)
        first = max(first, history.oldest_id)
        return [historical_trade(trade) for trade in history.between(first, first + limit - 1)]

    def _info(self, request: web.Request) -> ExchangeInfo:
        if "symbols" in request.query:
            feeds = [self._feed_of(symbol) for symbol in _names(request.query["symbols"])]
        elif "symbol" in request.query:
            feeds = [self._feed(request)]
        else:
            feeds = list(self._exchange.listed.values())
        return ExchangeInfo(
            timezone="UTC",
            server_time=self._server_time().server_time,
            rate_limits=[RateLimit("REQUEST_WEIGHT", "MINUTE", 1, self._weight_limit)],
            exchange_filters=[],
            symbols=[symbol_info(feed.market) for feed in feeds],
        )

    def _server_time(self) -> ServerTime:
        return ServerTime(self._exchange.exchange_clock.now_us() // 1000)

    def _feed(self, request: web.Request) -> Feed:
        symbol = request.query.get("symbol", "")
        if not symbol:
            raise RefusedError(400, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.")
        return self._feed_of(symbol)

    def _feed_of(self, symbol: str) -> Feed:
        feed = self._exchange.feed(symbol)
        if feed is None:
            raise RefusedError(400, -1121, "Invalid symbol.")
        return feed


def _integer(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise RefusedError(
            400, -1100, f"Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'."
        )
    return int(text)


def _names(text: str) -> list[str]:
    try:
        return msgspec.json.decode(text, type=list[str])
    except msgspec.DecodeError:
        message = "Illegal characters found in parameter 'symbols'; legal range is '^\\[[^\\[]*\\]$'."
        raise RefusedError(400, -1100, message) from None
