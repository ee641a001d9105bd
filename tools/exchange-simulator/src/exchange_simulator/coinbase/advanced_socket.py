"""A Coinbase Advanced Trade connection: the deadline to subscribe, one channel a request, snapshots, batches, heartbeats.

Source: https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-overview
"""

from itertools import count

import msgspec
from aiohttp import WSCloseCode, web

from exchange_simulator.attendants import attended
from exchange_simulator.coinbase import advanced_frames as frames
from exchange_simulator.coinbase.advanced_session import MARKET_TRADES, AdvancedSession
from exchange_simulator.coinbase.requests import Action
from exchange_simulator.connection import connected
from exchange_simulator.exchange import Exchange
from exchange_simulator.session import said

_HEARTBEATS = "heartbeats"
_SNAPSHOT = 100


class AdvancedLimits(msgspec.Struct, frozen=True):
    """The times of a connection, in seconds; the exchange's own by default. With 0 trades are not collected."""

    subscribe_within: float = 5.0
    heartbeat_interval: float = 1.0
    batch_interval: float = 0.25


class _Request(msgspec.Struct, frozen=True):
    type: Action
    channel: str
    product_ids: list[str] = []


class AdvancedSocket:
    """One client's connection, from the handshake to its end.

    It is closed when nothing is subscribed within ``subscribe_within``. A subscription to ``market_trades`` is answered with each
    product's latest trades, newest first, and the ``subscriptions``.
    """

    def __init__(self, exchange: Exchange, limits: AdvancedLimits) -> None:
        self._exchange = exchange
        self._limits = limits
        self._channels: dict[str, dict[str, None]] = {}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Handle an upgrade request until the connection ends."""

        def session_of(websocket: web.WebSocketResponse) -> AdvancedSession:
            collects = self._limits.batch_interval > 0
            return AdvancedSession(websocket, request.transport, self._exchange.clock, collects=collects)

        return await connected(self._exchange, request, session_of, self._talk)

    async def _talk(self, websocket: web.WebSocketResponse, session: AdvancedSession) -> None:
        beside = [session.send_waiting(), self._expect_subscription(session), self._beat(session)]
        if self._limits.batch_interval > 0:
            beside.append(self._send_batches(session))
        async with attended(*beside):
            async for words in said(websocket, session):
                self._answer(session, words)

    def _answer(self, session: AdvancedSession, text: str) -> None:
        try:
            request = msgspec.json.decode(text, type=_Request)
        except msgspec.DecodeError:
            session.push_text(msgspec.json.encode(frames.Failure("failure to parse request")))
            return
        known = request.channel in (MARKET_TRADES, _HEARTBEATS)
        wanted = [self._exchange.aliases.get(product, product) for product in request.product_ids]
        if not known or any(product not in self._exchange.listed for product in wanted):
            session.push_text(msgspec.json.encode(frames.Failure("authentication failure")))
            return
        products = self._channels.setdefault(request.channel, {})
        for product in wanted:
            if request.type is Action.SUBSCRIBE:
                products[product] = None
            else:
                products.pop(product, None)
        if request.channel == MARKET_TRADES:
            self._follow(session, request.type, wanted)
        session.say("subscriptions", frames.subscriptions(self._channels))

    def _follow(self, session: AdvancedSession, action: Action, products: list[str]) -> None:
        for product in products:
            feed = self._exchange.listed[product]
            if action is Action.UNSUBSCRIBE:
                feed.unsubscribe(session)
            elif feed.subscribe(session) and len(feed.history):
                newest = feed.history.newest_id
                past = [frames.past_trade(product, one) for one in feed.history.between(newest - _SNAPSHOT + 1, newest)]
                session.say(MARKET_TRADES, frames.market_trades("snapshot", past[::-1]))

    async def _expect_subscription(self, session: AdvancedSession) -> None:
        await self._exchange.clock.wait(self._limits.subscribe_within)
        if not self._channels:
            session.close_after(WSCloseCode.POLICY_VIOLATION, b"no subscription within the time allowed")

    async def _send_batches(self, session: AdvancedSession) -> None:
        while True:
            await self._exchange.clock.wait(self._limits.batch_interval)
            session.flush()

    async def _beat(self, session: AdvancedSession) -> None:
        clock = self._exchange.clock
        for counter in count():
            await clock.wait(self._limits.heartbeat_interval)
            now = clock.now_us()
            silent = [feed for feed in self._exchange.feeds.values() if session.is_silent(feed.market, now)]
            if _HEARTBEATS in self._channels and not silent:
                session.say(_HEARTBEATS, frames.heartbeats(now, counter))
