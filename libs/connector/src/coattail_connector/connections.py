"""Which connection is read, and which one follows it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from math import inf
from typing import Protocol

from coattail_connector.frames.messages import SessionRefusedError
from coattail_connector.markets.following import Followed
from coattail_connector.markets.markets import Market
from coattail_connector.options import Clock, SocketOptions
from coattail_connector.process.reporting import Reporter
from coattail_connector.process.tally import MICROS
from coattail_connector.socket.closing import SocketClosedError
from coattail_connector.socket.reconnect import Reconnection, unless
from coattail_connector.socket.websocket import Connect, WebSocket


class Opening(Protocol):
    """How a connection for `followed.wanted` begins; `SocketConnector` has the promises."""

    def connect(self) -> Connect: ...
    async def opened(self, socket: WebSocket) -> None: ...
    def turned_down(self, refusal: SessionRefusedError) -> None: ...


class Connections:
    """The connection that a connector reads and, when that one is to end, its successor.

    The old one is read until the new one, which is open by then, takes over: no trade is missed between them. `up` is called
    whenever a connection is open.
    """

    move_at = inf
    """When the newest connection is so old that another is to follow it. UTC µs."""

    def __init__(
        self,
        opening: Opening,
        followed: Followed,
        reporter: Reporter,
        options: SocketOptions,
        reconnection: Reconnection,
        stop: asyncio.Event,
        *,
        now: Clock,
        up: Callable[[], None],
    ) -> None:
        self._opening = opening
        self._followed = followed
        self._reporter = reporter
        self._options = options
        self._stop = stop
        self._now = now
        self._up = up
        self._reconnection = reconnection
        self._open: set[WebSocket] = set()
        self._current: WebSocket | None = None
        self._succession: asyncio.Task[WebSocket] | None = None
        self._opened_for: Mapping[str, Market] = {}

    @property
    def serves_wanted(self) -> bool:
        """Whether the newest connection is for the markets that are wanted now."""
        return self._opened_for is self._followed.wanted

    def serve_wanted(self) -> None:
        """Note that the newest connection serves what is wanted now, which is less than before."""
        self._opened_for = self._followed.wanted

    async def session(self, read: Callable[[WebSocket], Awaitable[None]], taken_over: Callable[[], None]) -> None:
        """Open a connection and read it and its successors with `read`. Raises what ends the last of them.

        `read` returns when a connection's end is near, and raises `SocketClosedError` when it has ended. `taken_over` is called
        when a connection is the only one that is read.
        """
        self._current = await unless(self._stop, self._connect())
        try:
            while True:
                taken_over()
                self._current = await self._read_to_the_end(self._current, read)
        finally:
            current, self._current = self._current, None
            await self._forget(current)
            await self._end_succession()

    def move_over(self, reason: str) -> None:
        """Open a connection in place of the present one, which is read until the new one has taken over."""
        if self._current is None or self._succession is not None:
            return
        self._reporter.log.info("moving over to another connection", reason=reason)
        self._succession = asyncio.create_task(unless(self._stop, self._succeed(self._current)))

    async def close(self) -> None:
        """Close every connection. What has arrived on them is still read."""
        await asyncio.gather(*(socket.close() for socket in self._open))

    async def _read_to_the_end(self, socket: WebSocket, read: Callable[[WebSocket], Awaitable[None]]) -> WebSocket:
        """Read a connection until it has ended. Returns its successor; raises when it has none."""
        try:
            while True:
                await read(socket)
                self.move_over("the exchange will close this connection")
        except SocketClosedError:
            if self._succession is None:
                raise
        await self._forget(socket)
        successor = await self._succession
        self._succession = None
        return successor

    async def _succeed(self, old: WebSocket) -> WebSocket:
        new = await self._reconnection.moved(self._connect)
        try:
            await self._let_end(old)
        except BaseException:
            await self._forget(new)
            raise
        return new

    async def _let_end(self, old: WebSocket) -> None:
        try:
            async with asyncio.timeout(self._options.overlap):
                await old.wait_closed()
        except TimeoutError:
            await old.close()

    async def _end_succession(self) -> None:
        succession, self._succession = self._succession, None
        if succession is None:
            return
        succession.cancel()
        (outcome,) = await asyncio.gather(succession, return_exceptions=True)
        if isinstance(outcome, WebSocket):
            await self._forget(outcome)

    async def _connect(self) -> WebSocket:
        wanted = self._followed.wanted
        try:
            socket = await self._opening.connect().open()
        except SessionRefusedError as refusal:
            self._opening.turned_down(refusal)
            raise
        self._open.add(socket)
        try:
            await self._opening.opened(socket)
        except BaseException:
            await self._forget(socket)
            raise
        self._opened_for = wanted
        self._reporter.tally.connected = True
        if self._options.life is not None:
            self.move_at = self._now() + self._options.life * MICROS
        self._up()
        self._reporter.log.info("connected", host=socket.host)
        return socket

    async def _forget(self, socket: WebSocket) -> None:
        self._open.discard(socket)
        self._reporter.tally.connected = bool(self._open)
        await socket.close()
