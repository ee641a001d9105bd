"""A Kraken feed connection: its status, subscriptions with their snapshots, heartbeats while nothing else is said."""

from itertools import count

import msgspec
from aiohttp import WSCloseCode, web

from exchange_simulator.attendants import attended
from exchange_simulator.connection import connected
from exchange_simulator.exchange import Exchange
from exchange_simulator.feed import Feed
from exchange_simulator.kraken import frames
from exchange_simulator.kraken.frames import Reply, Subscribed
from exchange_simulator.kraken.requests import CHANNEL, Method, Request, parse
from exchange_simulator.session import Session, said
from exchange_simulator.times import iso_micros

_SNAPSHOT = 50
_connection_ids = count(13_834_774_380_200_032_777)


class KrakenLimits(msgspec.Struct, frozen=True):
    """The times of a connection, in seconds, and REST requests a second; Kraken's own by default."""

    subscribe_within: float = 60.0
    heartbeat_interval: float = 1.0
    rest_rate: float = 1.0


class KrakenSocket:
    """One client's connection, from the handshake to its end.

    It begins with ``status``. Each market of a subscription is acknowledged by itself, and followed by its latest trades
    where they are asked for. Once anything is subscribed, a heartbeat comes in each interval in which nothing else did.
    """

    def __init__(self, exchange: Exchange, limits: KrakenLimits) -> None:
        self._exchange = exchange
        self._limits = limits
        self._followed: dict[str, Feed] = {}
        self._has_subscribed = False

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Handle an upgrade request until the connection ends."""

        def session_of(websocket: web.WebSocketResponse) -> Session:
            return Session(websocket, request.transport, self._exchange.clock, frames.update)

        return await connected(self._exchange, request, session_of, self._talk)

    async def _talk(self, websocket: web.WebSocketResponse, session: Session) -> None:
        session.push_text(frames.status(next(_connection_ids)))
        async with attended(session.send_waiting(), self._expect_subscription(session), self._beat(session)):
            async for words in said(websocket, session):
                self._answer(session, parse(words))

    def _answer(self, session: Session, request: Request | str) -> None:
        now = iso_micros(self._exchange.clock.now_us())
        if isinstance(request, str):
            self._reply(session, Reply("error", now, now, error=request, success=False))
        elif request.method is Method.PING:
            self._reply(session, Reply("pong", now, now, req_id=request.req_id))
        else:
            for symbol in request.params.symbol:
                self._change(session, request, symbol, now)

    def _change(self, session: Session, request: Request, symbol: str, now: str) -> None:
        """Subscribe to one market, or end its subscription."""
        feed = self._exchange.feed(symbol)
        if feed is None:
            error = f"Currency pair not supported {symbol}"
            refusal = Reply(request.method, now, now, error=error, success=False, symbol=symbol, req_id=request.req_id)
            self._reply(session, refusal)
            return
        is_new = request.method is Method.SUBSCRIBE
        told = Subscribed(CHANNEL, symbol, request.params.snapshot if is_new else None)
        self._reply(session, Reply(request.method, now, now, told, success=True, req_id=request.req_id))
        if not is_new:
            self._followed.pop(symbol, None)
            feed.unsubscribe(session)
            return
        self._has_subscribed = True
        self._followed[symbol] = feed
        if feed.subscribe(session) and request.params.snapshot and len(feed.history):
            newest = feed.history.newest_id
            session.push_text(frames.snapshot(symbol, feed.history.between(newest - _SNAPSHOT + 1, newest)))

    def _reply(self, session: Session, reply: Reply) -> None:
        session.push_text(msgspec.json.encode(reply))

    async def _expect_subscription(self, session: Session) -> None:
        await self._exchange.clock.wait(self._limits.subscribe_within)
        if not self._has_subscribed:
            session.close_after(WSCloseCode.POLICY_VIOLATION, b"no subscription within the time allowed")

    async def _beat(self, session: Session) -> None:
        clock = self._exchange.clock
        told = self._told()
        while True:
            await clock.wait(self._limits.heartbeat_interval)
            before, told = told, self._told()
            now = clock.now_us()
            if (
                told
                and told == before
                and not any(session.is_silent(feed.market, now) for feed in self._followed.values())
            ):
                session.push_text(frames.HEARTBEAT)

    def _told(self) -> list[int]:
        """The newest trade of each market that is followed."""
        return [feed.history.newest_id for feed in self._followed.values()]
