"""A connector over a WebSocket: receive, parse, normalise, check continuity, hand on."""

import asyncio
import time
from abc import abstractmethod
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Final

import msgspec
from tenacity.wait import wait_base
from websockets.asyncio import client
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from coattail_common.connector.backfill import Backfill
from coattail_common.connector.base import BaseConnector
from coattail_common.connector.continuity import Continuity
from coattail_common.connector.messages import Complaint, Cursor, Ending, Message, Reason, Refusal
from coattail_common.connector.numbering import NO_FILLING, Filling
from coattail_common.connector.outlet import Outlet
from coattail_common.connector.pace import Pacing
from coattail_common.connector.reconnect import FULL_JITTER, Reconnection, StoppedError, unless
from coattail_common.connector.recovery import Ledger, NoLedger, Recovery, Voices
from coattail_common.connector.reporting import Reporter
from coattail_common.connector.tally import MICROS
from coattail_common.connector.watching import Watch
from coattail_common.contracts import Trade
from coattail_common.event_sink import EventSink, NoEvents
from coattail_common.sink import TradeQueue

type Clock = Callable[[], int]
"""The time: UTC µs."""

HEALTHY_SECONDS: Final = 30
"""A connector is healthy while its last message is no older than this."""


def utc_micros() -> int:
    """The machine's clock."""
    return time.time_ns() // 1000


class SocketOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a connection is kept. Seconds and bytes.

    `healthy_after` is how long a session must last for the backoff to begin anew; `overlap` how long the old connection
    is still read beside its successor when the exchange announced its end. A connection of the age `life` is followed by
    another, with the first frame from then on; `None` where the exchange lets it live.
    """

    max_size: int = 2**22
    open_timeout: float = 10
    close_timeout: float = 2
    healthy_after: float = 60
    overlap: float = 1
    life: float | None = None


class GapOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What is done about missing trades of an exchange: where they are fetched from and how, who hears of it, and who
    keeps the cursors. Without a `backfill` a gap is told of, and nothing else.
    """

    exchange: str
    backfill: Backfill | None = None
    filling: Filling = Filling()
    pacing: Pacing = Pacing()
    events: EventSink = NoEvents()
    ledger: Ledger = NoLedger()


class SocketConnector(BaseConnector):
    """What connectors over a WebSocket share: all but the address, the opening words and the frames."""

    def __init__(
        self,
        reporter: Reporter,
        *,
        options: SocketOptions | None = None,
        gaps: GapOptions | None = None,
        now: Clock = utc_micros,
        wait: wait_base = FULL_JITTER,
    ) -> None:
        self.reporter = reporter
        self.options = options or SocketOptions()
        self.gaps = gaps or GapOptions(exchange="")
        self.continuity = Continuity(self.gaps.filling if self.gaps.backfill else NO_FILLING)
        self.now = now
        self._wait = wait
        self._stop = asyncio.Event()
        self._reconnection = Reconnection(wait, self._stop, self.options.healthy_after, reporter.session_ended)
        self._sockets: set[client.ClientConnection] = set()
        self._watch: Watch | None = None
        self._move_at = inf

    @abstractmethod
    def connect(self) -> client.connect:
        """Prepare a connection; see `BaseConnector.connect`. `prepare` does it for an address."""

    async def opened(self, socket: client.ClientConnection) -> None:
        """Say what the exchange wants to hear first. Nothing, by default."""

    def complained(self, complaint: Complaint) -> None:
        """Hear what the exchange finds wrong. May raise `ExchangeRefusedError`, or `SessionRefusedError` to try another
        session.
        """
        self.reporter.log.error("the exchange complains", text=complaint.text)

    def prepare(self, url: str) -> client.connect:
        """A connection to `url`, not opened yet."""
        return client.connect(
            url,
            max_size=self.options.max_size,
            open_timeout=self.options.open_timeout,
            close_timeout=self.options.close_timeout,
            max_queue=256,
            compression=None,
        )

    def health_check(self) -> bool:
        """See `BaseConnector.health_check`."""
        age = self.reporter.tally.message_age(self.now())
        return age is not None and age <= HEALTHY_SECONDS

    async def stream(self, queue: TradeQueue) -> None:
        """See `BaseConnector.stream`."""
        voices = Voices(self.gaps.exchange, self.reporter, self.gaps.events, self.gaps.ledger)
        recovery = Recovery(self.continuity, Outlet(queue, self.reporter.tally), voices, self._wait, now=self.now)
        try:
            for symbol, trade_id in (await unless(self._stop, self.gaps.ledger.resume())).items():
                self.continuity.resume(symbol, trade_id)
        except StoppedError:
            return
        work = [self._read_on(recovery), recovery.let_pass(self._stop)]
        if self.gaps.backfill is not None:
            self._watch = Watch(self.continuity, recovery, self.gaps.backfill, self._close_all, pacing=self.gaps.pacing)
            work += [recovery.fill(self.gaps.backfill, self._stop), self._watch.watch(self._stop)]
        tasks = [asyncio.create_task(one) for one in work]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await self.shutdown()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await recovery.end()
        for outcome in outcomes:
            if outcome is not None:
                raise outcome
        self.reporter.log.info("stopped reading", forwarded=self.reporter.tally.forwarded)

    async def shutdown(self) -> None:
        """See `BaseConnector.shutdown`."""
        self._stop.set()
        # Closing lets the reader take what has arrived and then find the end; cancelling it could lose the trade in its
        # hand.
        await self._close_all()

    async def _read_on(self, recovery: Recovery) -> None:
        with suppress(StoppedError):
            await self._reconnection.until_stopped(lambda: self._session(recovery))

    async def _close_all(self) -> None:
        await asyncio.gather(*(socket.close() for socket in self._sockets))

    async def _session(self, recovery: Recovery) -> None:
        socket = await unless(self._stop, self._open())
        try:
            while True:
                await self._read(socket, recovery)
                socket = await self._move_over(socket, recovery)
        except ConnectionClosed as closed:
            if self._stop.is_set():
                raise StoppedError from closed
            self._tell_oversized(closed)
            raise
        finally:
            await self._forget(socket)

    async def _open(self) -> client.ClientConnection:
        socket = await self.connect()
        self._sockets.add(socket)
        try:
            await self.opened(socket)
        except BaseException:
            await self._forget(socket)
            raise
        self.reporter.tally.connected = True
        if self.options.life is not None:
            self._move_at = self.now() + self.options.life * MICROS
        if self._watch is not None:
            self._watch.connected()
        self.reporter.log.info("connected", host=socket.request.headers["Host"] if socket.request else "")
        return socket

    async def _forget(self, socket: client.ClientConnection) -> None:
        self._sockets.discard(socket)
        self.reporter.tally.connected = bool(self._sockets)
        await socket.close()

    async def _read(self, socket: client.ClientConnection, recovery: Recovery) -> None:
        """Hand on the trades of a connection. Returns when its end is near; raises when it has ended."""
        if self._stop.is_set():
            raise StoppedError
        tally = self.reporter.tally
        while True:
            frame = await socket.recv(decode=False)
            received_at = self.now()
            tally.frame(received_at)
            for message in self.normalize(frame, received_at):
                if type(message) is Trade:
                    if not recovery.pass_on(message):
                        await recovery.trade(message)
                elif type(message) is Cursor:
                    await recovery.latest(message.symbol, message.trade_id)
                elif type(message) is Ending:
                    return
                else:
                    self._react(message, frame)
            if received_at >= self._move_at:
                return

    def _react(self, message: Message, frame: bytes | str) -> None:
        match message:
            case Refusal():
                self.reporter.refused(message, frame)
            case Complaint():
                self.complained(message)
            case _:
                pass

    async def _move_over(self, old: client.ClientConnection, recovery: Recovery) -> client.ClientConnection:
        """A new connection in place of one whose end is near, which is read until the new one has taken over."""
        self.reporter.log.info("the exchange will close this connection; moving over to another")

        async def succeed() -> client.ClientConnection:
            new = await self._reconnection.until_done(self._open)
            try:
                await self._let_end(old)
            except BaseException:
                await self._forget(new)
                raise
            return new

        succession = asyncio.create_task(unless(self._stop, succeed()))
        try:
            while True:
                await self._read(old, recovery)
        except ConnectionClosed:
            await self._forget(old)
            return await succession
        finally:
            succession.cancel()

    async def _let_end(self, old: client.ClientConnection) -> None:
        try:
            async with asyncio.timeout(self.options.overlap):
                await old.wait_closed()
        except TimeoutError:
            await old.close()

    def _tell_oversized(self, closed: ConnectionClosed) -> None:
        if closed.sent is not None and closed.sent.code == CloseCode.MESSAGE_TOO_BIG:
            detail = f"a frame of more than {self.options.max_size} bytes ended the connection"
            self.reporter.refused(Refusal(Reason.OVERSIZED, detail), b"")
