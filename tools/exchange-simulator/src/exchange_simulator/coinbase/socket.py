"""A Coinbase feed connection: the deadline to subscribe, its channels, heartbeats."""

import msgspec
from aiohttp import WSCloseCode, web

from exchange_simulator.attendants import attended
from exchange_simulator.coinbase import frames
from exchange_simulator.coinbase.advanced_socket import AdvancedLimits
from exchange_simulator.coinbase.frames import Channel, ErrorMessage, Subscriptions
from exchange_simulator.coinbase.requests import CHANNELS, Action, Request, parse
from exchange_simulator.connection import connected
from exchange_simulator.exchange import Exchange
from exchange_simulator.session import Session, said

_SLOW_CONSUME = msgspec.json.encode(ErrorMessage("slow consume", "too many unread messages"))


class CoinbaseLimits(msgspec.Struct, frozen=True):
    """The times of a connection, in seconds, REST requests a second and at once; Coinbase's own by default."""

    subscribe_within: float = 5.0
    heartbeat_interval: float = 1.0
    rest_rate: float = 10.0
    rest_burst: int = 15
    advanced: AdvancedLimits = AdvancedLimits()


class CoinbaseSocket:
    """One client's connection, from the handshake to its end.

    It is closed when nothing is subscribed within ``subscribe_within``. A subscription to ``matches`` is answered with
    ``subscriptions``, then one ``last_match`` per product (none where nothing has traded yet), then each ``match``.
    """

    def __init__(self, exchange: Exchange, limits: CoinbaseLimits) -> None:
        self._exchange = exchange
        self._limits = limits
        self._products: dict[str, dict[str, None]] = {channel: {} for channel in CHANNELS}
        self._has_subscribed = False

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Handle an upgrade request until the connection ends."""

        def session_of(websocket: web.WebSocketResponse) -> Session:
            clock = self._exchange.clock
            return Session(websocket, request.transport, clock, frames.match, farewell=_SLOW_CONSUME)

        return await connected(self._exchange, request, session_of, self._talk)

    async def _talk(self, websocket: web.WebSocketResponse, session: Session) -> None:
        async with attended(session.send_waiting(), self._expect_subscription(session), self._beat(session)):
            async for words in said(websocket, session):
                self._answer(session, parse(words, self._exchange.listed))

    def _answer(self, session: Session, request: Request | ErrorMessage) -> None:
        if isinstance(request, ErrorMessage):
            session.push_text(msgspec.json.encode(request))
            return
        if request.action is Action.SUBSCRIBE:
            self._has_subscribed = True
        for channel in request.channels:
            for product in channel.product_ids:
                if request.action is Action.SUBSCRIBE:
                    self._products[channel.name][product] = None
                else:
                    self._products[channel.name].pop(product, None)
        session.push_text(msgspec.json.encode(self._subscriptions()))
        self._follow(session)

    def _subscriptions(self) -> Subscriptions:
        return Subscriptions([Channel(name, list(products)) for name, products in self._products.items() if products])

    def _follow(self, session: Session) -> None:
        """Bring the feeds' subscribers in line with what this connection is subscribed to."""
        for native, feed in self._exchange.listed.items():
            if native not in self._products["matches"]:
                feed.unsubscribe(session)
            elif feed.subscribe(session) and feed.latest is not None:
                session.push_text(frames.last_match(feed.latest))

    async def _expect_subscription(self, session: Session) -> None:
        await self._exchange.clock.wait(self._limits.subscribe_within)
        if not self._has_subscribed:
            session.close_after(WSCloseCode.POLICY_VIOLATION, b"no subscription within the time allowed")

    async def _beat(self, session: Session) -> None:
        clock = self._exchange.clock
        while True:
            await clock.wait(self._limits.heartbeat_interval)
            now = clock.now_us()
            for product in self._products["heartbeat"]:
                feed = self._exchange.feed(product)
                if feed is not None and feed.latest is not None and not session.is_silent(feed.market, now):
                    session.push_text(frames.heartbeat(feed.latest, self._exchange.exchange_clock.now_us()))
