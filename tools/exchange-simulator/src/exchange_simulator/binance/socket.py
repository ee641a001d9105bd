"""A Binance stream connection: subscriptions, ping and pong, its limits and its end."""

from collections import deque

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from exchange_simulator.attendants import attended
from exchange_simulator.binance import frames
from exchange_simulator.binance.frames import Acknowledgement, Refusal
from exchange_simulator.binance.requests import Method, Request, parse
from exchange_simulator.connection import connected
from exchange_simulator.exchange import Exchange
from exchange_simulator.session import Session

MAX_STREAMS = 1024
MESSAGES_PER_SECOND = 5


class BinanceLimits(msgspec.Struct, frozen=True):
    """The times of a connection, in seconds, and the weight of requests a minute; Binance's own by default."""

    ping_interval: float = 20.0
    pong_timeout: float = 60.0
    connection_life: float = 86_400.0
    shutdown_notice: float = 10.0
    weight_limit: int = 6000


class BinanceSocket:
    """One client's connection, from the handshake to its end.

    The server pings every ``ping_interval`` and closes when no copy of a ping's payload came back for
    ``pong_timeout``. More than five messages (pings and pongs included) within a second close it (1008, "Too many
    requests"). ``serverShutdown`` announces the end of its life.
    """

    def __init__(self, exchange: Exchange, limits: BinanceLimits) -> None:
        self._exchange = exchange
        self._limits = limits
        self._streams: dict[str, None] = {}
        self._received: deque[int] = deque()
        self._awaited: set[bytes] = set()
        self._answered_us = 0

    async def serve(self, request: web.Request, streams: list[str], *, is_combined: bool) -> web.StreamResponse:
        """Handle an upgrade request until the connection ends."""

        def session_of(websocket: web.WebSocketResponse) -> Session:
            written = frames.combined if is_combined else frames.raw
            return Session(websocket, request.transport, self._exchange.clock, written)

        async def talk(websocket: web.WebSocketResponse, session: Session) -> None:
            self._answered_us = self._exchange.clock.now_us()
            async with attended(session.send_waiting(), self._keep_alive(session), self._live(session)):
                self._subscribe(session, streams)
                await self._receive(websocket, session)

        return await connected(self._exchange, request, session_of, talk)

    async def _receive(self, websocket: web.WebSocketResponse, session: Session) -> None:
        async for message in websocket:
            if self._is_flooding():
                session.close_after(WSCloseCode.POLICY_VIOLATION, b"Too many requests")
            elif message.type is WSMsgType.PING:
                await websocket.pong(message.data)
            elif message.type is WSMsgType.PONG:
                self._take_pong(bytes(message.data))
                session.ponged(bytes(message.data))
            elif message.type is WSMsgType.TEXT:
                session.push_text(msgspec.json.encode(self._answer(session, parse(message.data))))

    def _is_flooding(self) -> bool:
        now = self._exchange.clock.now_us()
        self._received.append(now)
        while self._received[0] <= now - 1_000_000:
            self._received.popleft()
        return len(self._received) > MESSAGES_PER_SECOND

    def _take_pong(self, payload: bytes) -> None:
        """Unsolicited pongs are allowed and prove nothing; only a ping's own payload does."""
        if payload in self._awaited:
            self._awaited.clear()
            self._answered_us = self._exchange.clock.now_us()

    def _answer(self, session: Session, request: Request | Refusal) -> Acknowledgement | Refusal:
        if isinstance(request, Refusal):
            return request
        match request.method:
            case Method.SUBSCRIBE:
                self._subscribe(session, list(request.streams))
            case Method.UNSUBSCRIBE:
                self._unsubscribe(session, request.streams)
            case Method.LIST_SUBSCRIPTIONS:
                return request.done(list(self._streams))
            case Method.GET_PROPERTY:
                return request.done(session.dialect is frames.combined)
            case Method.SET_PROPERTY:
                session.dialect = frames.combined if request.params[1] else frames.raw
        return request.done()

    def _subscribe(self, session: Session, streams: list[str]) -> None:
        """Streams that do not exist are acknowledged too, and stay silent, as at Binance."""
        self._streams.update(dict.fromkeys(streams))
        if len(self._streams) > MAX_STREAMS:
            session.close_after(WSCloseCode.POLICY_VIOLATION, b"Too many streams")
            return
        for feed in self._exchange.listed.values():
            if frames.stream_name(feed.market) in self._streams:
                feed.subscribe(session)

    def _unsubscribe(self, session: Session, streams: tuple[str, ...]) -> None:
        for stream in streams:
            self._streams.pop(stream, None)
        for feed in self._exchange.feeds.values():
            if frames.stream_name(feed.market) not in self._streams:
                feed.unsubscribe(session)

    async def _keep_alive(self, session: Session) -> None:
        clock = self._exchange.clock
        while True:
            await clock.wait(self._limits.ping_interval)
            now = clock.now_us()
            if self._awaited and now - self._answered_us > self._limits.pong_timeout * 1e6:
                session.close_after(WSCloseCode.GOING_AWAY, b"Pong timeout")
                return
            payload = str(now // 1000).encode()
            self._awaited.add(payload)
            await session.ping(payload)

    async def _live(self, session: Session) -> None:
        notice = min(self._limits.shutdown_notice, self._limits.connection_life / 2)
        ordered = await session.shutdown_ordered(self._limits.connection_life - notice)
        now_ms = self._exchange.exchange_clock.now_us() // 1000
        session.push_text(frames.server_shutdown(now_ms, is_combined=session.dialect is frames.combined))
        await self._exchange.clock.wait(notice if ordered is None else ordered)
        session.close_after(WSCloseCode.GOING_AWAY, b"Server shutdown")
