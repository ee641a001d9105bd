"""An exchange in the process of a test, which makes its trades and its faults one by one. Nothing depends on the time."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from types import TracebackType
from typing import Final, Self

import msgspec
from aiohttp import web

from exchange_simulator.app import build_app
from exchange_simulator.clock import SystemClock
from exchange_simulator.decimals import units
from exchange_simulator.feed import Feed
from exchange_simulator.misbehaviour import Corruption, Misbehaviour, MisbehaviourKind
from exchange_simulator.model import InjectedEpisode, Market, TakerSide, Trade, Venue
from exchange_simulator.simulator import Simulator
from exchange_simulator.source import Emission, Stretch
from exchange_simulator.venues import simulated

_BEFORE: Final = 1000
"""The id of each market's trade from before the test."""

_BAD_REQUEST: Final = 400


class Fact(msgspec.Struct, frozen=True):
    """A trade that happened: amounts as the feed prints them, the taker's side, UTC µs."""

    trade_id: int
    price: str
    quantity: str
    side: str
    timestamp: int


class RestRequest(msgspec.Struct, frozen=True):
    """A request for past trades, and its answer. ``at`` is UTC µs, ``retry_after`` seconds, 0 where there is none."""

    at: int
    status: int
    retry_after: int


class Silence:
    """A source without trades of its own."""

    def __init__(self, markets: Sequence[Market]) -> None:
        self.markets = markets

    def before(self, market: Market, now_us: int) -> Emission:
        """See ``Source.before``."""
        return Emission(market, Trade(_BEFORE, 100, 100, TakerSide.BUY, 0), now_us // 1000 * 1000)

    def take(self, until_us: int, origin_us: int) -> Stretch:  # noqa: ARG002
        """See ``Source.take``."""
        return Stretch([], [], [])

    def under_way(self) -> list[InjectedEpisode]:
        """See ``Source.under_way``."""
        return []

    def next_due(self) -> int | None:
        """See ``Source.next_due``."""
        return None

    def exchange_time(self, position_us: int, wall_us: int) -> int:  # noqa: ARG002
        """See ``Source.exchange_time``."""
        return wall_us

    def skipped(self) -> dict[str, int]:
        """See ``Source.skipped``."""
        return {}


class ExchangeByHand:
    """A venue on a free port of this machine, open as long as its context is. ``feed`` is the path of another feed than its usual.

    Heartbeats come each ``heartbeat_interval``. A feed that collects trades sends them at least as often. When heartbeats are a
    second apart or more, it sends them one by one: then each frame is a trade.

    Attributes:
        refusing: Whether new connections are answered with 503.
        attempts: How many connections were asked for.
        life: ``opened`` and ``closed``, one for each connection that was, in their order.
        requests: The requests for past trades.
    """

    def __init__(
        self, venue: Venue, symbols: Sequence[str], *, heartbeat_interval: float = 1.0, feed: str | None = None
    ) -> None:
        self.refusing = False
        self.attempts = 0
        self.life: list[str] = []
        self.requests: list[RestRequest] = []
        self._venue = venue
        self._simulated = simulated(venue)
        self._path = feed or self._simulated.paths["ws"]
        self._clock = SystemClock()
        markets = [Market(venue, symbol) for symbol in symbols]
        simulator = Simulator(Silence(markets), clock=self._clock, seed=0, scenario="by hand")
        self._exchange = simulator.exchanges[venue]
        self._facts: dict[str, list[Fact]] = {symbol: [] for symbol in symbols}
        self._refusals: list[tuple[int, int]] = []
        self._pings = count(1)
        # A test says itself which requests are refused.
        app = build_app(simulator, {venue: self._simulated.patient(heartbeat_interval)})
        app.middlewares.append(self._attend)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    @property
    def ws_url(self) -> str:
        """The address of its feed."""
        return f"ws://127.0.0.1:{self._runner.addresses[0][1]}/{self._path}"

    @property
    def rest_url(self) -> str:
        """The address of its REST API."""
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/{self._simulated.paths['rest']}"

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._exchange.connections.sessions)

    @property
    def corruptions(self) -> Sequence[str]:
        """The ways in which a frame can be broken."""
        return [kind.value for kind in Corruption]

    def listeners(self, symbol: str) -> int:
        """How many connections are sent the market's trades."""
        return len(self._feed(symbol).subscribers)

    def facts(self, symbol: str) -> Sequence[Fact]:
        """The market's trades since the beginning, whether they were sent or not."""
        return self._facts[symbol]

    def trade(
        self, symbol: str, count: int = 1, *, price: str = "61837.63", quantity: str = "0.02", side: str = "buy"
    ) -> None:
        """Let so many trades happen, all alike; ``side`` is the taker's."""
        feed = self._feed(symbol)
        printed = self._simulated.printed
        for _ in range(count):
            now = self._clock.now_us()
            number = feed.history.newest_id + 1
            time = now // 1000 * 1000
            trade = Trade(number, units(price), units(quantity), TakerSide(side), time, sequence=2 * number)
            self._facts[symbol].append(Fact(number, printed(trade.price), printed(trade.quantity), side, time))
            feed.publish(Emission(feed.market, trade, time), now)

    async def ping(self) -> None:
        """Ping every connection, and return when all have answered."""
        payload = f"ping {next(self._pings)}".encode()
        for session in self._exchange.connections.sessions:
            await session.ping_answered(payload)

    def drop(self, symbol: str, count: int) -> None:
        """Do not send the next trades."""
        self._order(MisbehaviourKind.DROP, symbol, count)

    def duplicate(self, symbol: str, count: int) -> None:
        """Send each of the next trades twice."""
        self._order(MisbehaviourKind.DUPLICATE, symbol, count)

    def reorder(self, symbol: str, count: int) -> None:
        """Send a trade after the one that follows it, so many times."""
        self._order(MisbehaviourKind.REORDER, symbol, count)

    def corrupt(self, symbol: str, kind: str) -> None:
        """Send a broken copy of the next trade before the good one."""
        order = Misbehaviour(
            kind=MisbehaviourKind.CORRUPT, exchange=self._venue, symbol=symbol, corruption=Corruption(kind)
        )
        self._exchange.misbehave(order)

    def disconnect(self) -> None:
        """Cut every connection, without a close frame."""
        self._order(MisbehaviourKind.DISCONNECT, None, None)

    def cut_next(self, count: int) -> None:
        """Cut every connection, and so many later ones, each after its first trade."""
        self._order(MisbehaviourKind.DISCONNECT, None, self.connections + count)

    def stall(self) -> None:
        """Say nothing more on the connections that are open; what they miss is not sent later."""
        self._order(MisbehaviourKind.STALL, None, None)

    def announce_end(self, seconds: float) -> None:
        """Announce that the connections that are open will be closed, and close them that much later.

        Raises:
            ValueError: the venue announces nothing.
        """
        order = Misbehaviour(kind=MisbehaviourKind.SERVER_SHUTDOWN, exchange=self._venue, seconds=seconds)
        self._exchange.misbehave(order)

    def delist(self, symbol: str) -> None:
        """Have the market no more, on the feed or in REST; its trades go on unseen."""
        self._order(MisbehaviourKind.DELIST, symbol, None)

    def relist(self, symbol: str) -> None:
        """Have it again."""
        self._order(MisbehaviourKind.RELIST, symbol, None)

    def serve_under(self, name: str, served_as: str) -> None:
        """Take a subscription to the product ``name``, and send the trades of ``served_as`` for it (Advanced Trade)."""
        self._exchange.aliases[name] = served_as

    def refuse_rest(self, status: int, retry_after: int = 0) -> None:
        """Answer the next request for past trades with an error; more than one are given in turn.

        400 comes in the exchange's own words for what it will never give; any other status with a proxy's page.
        """
        self._refusals.append((status, retry_after))

    def _order(self, kind: MisbehaviourKind, symbol: str | None, count: int | None) -> None:
        self._exchange.misbehave(Misbehaviour(kind=kind, exchange=self._venue, symbol=symbol, count=count))

    def _feed(self, symbol: str) -> Feed:
        return self._exchange.feeds[Market(self._venue, symbol).native]

    @property
    def _attend(self) -> Callable[..., Awaitable[web.StreamResponse]]:
        @web.middleware
        async def attend(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            if request.headers.get("Upgrade", "").lower() == "websocket":
                return await self._connected(request, handler)
            return await self._asked(request, handler)

        return attend

    async def _connected(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        self.attempts += 1
        if self.refusing:
            return web.Response(status=503)
        self.life.append("opened")
        try:
            return await handler(request)
        finally:
            self.life.append("closed")

    async def _asked(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        at = self._clock.now_us()
        status, retry_after = self._refusals.pop(0) if self._refusals else (200, 0)
        answer: web.StreamResponse
        if status == 200:
            answer = await handler(request)
        else:
            headers = {"Retry-After": str(retry_after)} if retry_after else {}
            answer = (
                web.json_response(dict(self._simulated.never), status=status, headers=headers)
                if status == _BAD_REQUEST
                else web.Response(text="<html>no</html>", content_type="text/html", status=status, headers=headers)
            )
        self.requests.append(RestRequest(at, answer.status, retry_after))
        return answer
