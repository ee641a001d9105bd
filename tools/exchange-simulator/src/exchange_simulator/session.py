"""One client's connection: what waits to be sent to it, how it can fail, and what the client says."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import msgspec
from aiohttp import ClientConnectionResetError, WSCloseCode, WSMsgType, web

from exchange_simulator.clock import Clock
from exchange_simulator.history import History
from exchange_simulator.model import Market
from exchange_simulator.source import Emission

MAX_WAITING = 50_000
"""Frames that may wait for a slow client before it is closed."""

_ROOM_BELOW = 2_000

type Dialect = Callable[[Emission], bytes]
"""How a connection wants a trade written: Binance combined, Binance raw, Coinbase match."""


class Socket(Protocol):
    """What a session does with its WebSocket."""

    async def send_frame(self, message: bytes, opcode: WSMsgType) -> None:
        """Write a frame; waits while the peer takes nothing."""

    async def ping(self, message: bytes = b"") -> None:
        """Write a ping frame."""

    async def close(self, *, code: int, message: bytes) -> object:
        """Close properly."""


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """A frame in line, and for a trade where to note that it was written."""

    frame: bytes
    history: History | None = None
    trade_id: int = 0


class Session:
    """The sending half of a connection. Frames leave in the order in which they were pushed.

    A client that lets too many frames wait is sent ``farewell`` (the venue's last word, where it has one) and closed.
    """

    def __init__(
        self,
        websocket: Socket,
        transport: asyncio.BaseTransport | None,
        clock: Clock,
        dialect: Dialect,
        farewell: bytes | None = None,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self.dialect = dialect
        self._farewell = farewell
        self._max_waiting = max_waiting
        self._websocket = websocket
        self._transport = transport
        self._clock = clock
        self._waiting: deque[Outgoing] = deque()
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._shutdown = asyncio.Event()
        self._shutdown_seconds: float | None = None
        self._closing: tuple[int, bytes] | None = None
        self._cut_after_trade = False
        self._silent: dict[Market | None, int | None] = {}
        self._unanswered: dict[bytes, asyncio.Event] = {}

    def push(self, outgoing: Outgoing) -> None:
        """Put a frame in line."""
        if self._closing is not None:
            return
        self._waiting.append(outgoing)
        self._wake.set()
        if len(self._waiting) >= _ROOM_BELOW:
            self._room.clear()
        if len(self._waiting) > self._max_waiting:
            self._waiting.clear()
            if self._farewell is not None:
                self.push_text(self._farewell)
            self.close_after(WSCloseCode.POLICY_VIOLATION, b"slow consume")

    def push_text(self, frame: bytes) -> None:
        """Put a frame that is not a trade in line."""
        self.push(Outgoing(frame))

    def stall(self, market: Market | None, until_us: int | None) -> None:
        """Fall silent for a market (or all) until a time (or for good), while control frames go on."""
        self._silent[market] = until_us

    def is_silent(self, market: Market, now_us: int) -> bool:
        """Whether the market's frames are withheld from this connection."""
        for key in (market, None):
            if key in self._silent:
                until = self._silent[key]
                if until is None or now_us < until:
                    return True
                del self._silent[key]
        return False

    async def room(self) -> None:
        """Return once few frames wait: how a replay without a clock keeps to its consumers' pace."""
        await self._room.wait()

    def close_after(self, code: int, reason: bytes) -> None:
        """Close properly once what waits has been sent."""
        self._closing = (code, reason)
        self._wake.set()

    def cut(self) -> None:
        """End the connection as a failing network does: no close frame."""
        self._waiting.clear()
        self._room.set()
        if isinstance(self._transport, asyncio.WriteTransport):
            self._transport.abort()

    def cut_after_trade(self) -> None:
        """Cut the connection as soon as one more trade has been written to it."""
        self._cut_after_trade = True

    def order_shutdown(self, seconds: float | None) -> None:
        """Tell the connection's owner to announce its end and to close it that much later."""
        self._shutdown_seconds = seconds
        self._shutdown.set()

    async def shutdown_ordered(self, within_seconds: float) -> float | None:
        """Wait for an ordered shutdown: its seconds, or ``None`` when none came in time or it left them open."""
        try:
            async with asyncio.timeout(within_seconds):
                await self._shutdown.wait()
        except TimeoutError:
            return None
        return self._shutdown_seconds

    async def ping(self, payload: bytes) -> None:
        """Send a WebSocket ping frame."""
        await self._websocket.ping(payload)

    async def ping_answered(self, payload: bytes) -> None:
        """Send a ping frame and return when its payload has come back."""
        answered = self._unanswered.setdefault(payload, asyncio.Event())
        await self.ping(payload)
        await answered.wait()

    def ponged(self, payload: bytes) -> None:
        """Hear that the client answered a ping."""
        if answered := self._unanswered.pop(payload, None):
            answered.set()

    async def send_waiting(self) -> None:
        """Write frames as they come, until the connection ends."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    await self._write(self._waiting.popleft())
                self._room.set()
                if self._closing is not None:
                    await self._websocket.close(code=self._closing[0], message=self._closing[1])
                    return
        except ClientConnectionResetError:
            return
        finally:
            self._room.set()

    async def _write(self, outgoing: Outgoing) -> None:
        await self._websocket.send_frame(outgoing.frame, WSMsgType.TEXT)
        if outgoing.history is not None:
            outgoing.history.mark_written(outgoing.trade_id, self._clock.now_us())
            if self._cut_after_trade:
                self.cut()
        if len(self._waiting) < _ROOM_BELOW:
            self._room.set()


async def said(websocket: web.WebSocketResponse, session: Session) -> AsyncIterator[str]:
    """The texts of the client, until its connection ends. Its pings are answered, its pongs noted."""
    async for message in websocket:
        if message.type is WSMsgType.PING:
            await websocket.pong(message.data)
        elif message.type is WSMsgType.PONG:
            session.ponged(bytes(message.data))
        elif message.type is WSMsgType.TEXT:
            yield message.data
