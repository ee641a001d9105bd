"""The connector's end of the link: a sink that keeps every trade until the writer has it in the stream."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Final

from aws_lambda_powertools import Logger
from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential
from tenacity.wait import wait_base
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from coattail_runtime import telemetry
from coattail_runtime.link.address import Address
from coattail_runtime.link.batching import LineBatch, group, take
from coattail_runtime.link.frames import (
    MAX_LINES_BYTES,
    MOST_CREDIT_BYTES,
    OLDEST_VERSION,
    VERSION,
    Accepted,
    FrameError,
    Held,
    Hello,
    Refused,
    Welcome,
    check_names,
    decode_to_connector,
    encode,
    encode_batch,
)
from coattail_runtime.link.outbox import Outbox
from coattail_runtime.sink import TradeQueue

MOST_UNACCEPTED_TRADES: Final = 200_000
MOST_UNACCEPTED_BYTES: Final = 96 * 1024 * 1024

_WELCOME_SECONDS: Final = 10.0
_PING_SECONDS: Final = 5.0
_PONG_SECONDS: Final = 15.0
_TRADES_AT_ONCE: Final = 5_000
_MAX_CONTROL_FRAME_BYTES: Final = 4096

_TROUBLE: Final = (OSError, WebSocketException, FrameError)


class LinkRefusedError(Exception):
    """The writer does not serve this producer (its token, its version); trying again will not help."""


class LinkLostError(OSError):
    """The connection to the writer ended."""


class LinkClient:
    """A `TradeSink` that sends trades to the writer at `url` (`ws://127.0.0.1:7070`, or `unix:/run/coattail/link.sock`).

    Trades stay here until they are accepted, at most about `max_unaccepted_trades` and `max_unaccepted_bytes`; when
    that is reached nothing more is taken from the queue. No more travels that the writer does not hold yet than it
    gives credit for. Trades that come within `flush_interval` seconds travel together. `on_accepted` gets each batch that is in
    the stream, in order per market: its `runs` are the ids that a cursor may move over.
    """

    def __init__(
        self,
        url: str,
        producer: str,
        *,
        token: str | None = None,
        max_unaccepted_trades: int = MOST_UNACCEPTED_TRADES,
        max_unaccepted_bytes: int = MOST_UNACCEPTED_BYTES,
        flush_interval: float = 0.13,
        max_batch_bytes: int = 48 * 1024,
        wait: wait_base | None = None,
        on_accepted: Callable[[LineBatch], None] | None = None,
        log: Logger | None = None,
    ) -> None:
        if not 0 < max_batch_bytes <= MAX_LINES_BYTES:
            problem = f"max_batch_bytes must be from 1 to {MAX_LINES_BYTES}, not {max_batch_bytes}"
            raise ValueError(problem)
        self._url = url
        self._address = Address.parse(url)
        self._hello = Hello(
            version=OLDEST_VERSION, latest=VERSION, producer=producer, session=uuid.uuid4().hex, token=token
        )
        self._version = VERSION
        self._flush_interval = flush_interval
        self._max_batch_bytes = max_batch_bytes
        self._credit = MOST_CREDIT_BYTES
        self._wait = wait or wait_random_exponential(multiplier=0.2, max=10)
        self._on_accepted = on_accepted
        self._log = log or telemetry.logger("link")
        self._outbox = Outbox(max_unaccepted_trades, max_unaccepted_bytes)
        self._room = asyncio.Event()
        self._work = asyncio.Event()
        self._complete = False
        self._told_unreachable = False
        self.connected = False
        """Whether the writer is being talked to."""

    @property
    def held(self) -> int:
        """The number of the last batch up to which the writer holds all."""
        return self._outbox.held

    @property
    def accepted(self) -> int:
        """The number of the last batch up to which all is in the stream."""
        return self._outbox.accepted

    @property
    def unaccepted_trades(self) -> int:
        """Trades taken from the queue that are not in the stream yet."""
        return self._outbox.trades

    async def drain(self, queue: TradeQueue) -> None:
        """See `TradeSink.drain`; once for each client.

        Raises `LinkRefusedError` when the writer refuses this producer, and `ValueError` for a source or key that no version of
        the link can carry.
        """
        tasks = {asyncio.create_task(self._fill(queue)), asyncio.create_task(self._stay_connected())}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            await _end(tasks)

    @property
    def _finished(self) -> bool:
        return self._complete and self._outbox.empty

    async def _fill(self, queue: TradeQueue) -> None:
        while trades := await take(queue, linger=self._flush_interval, limit=_TRADES_AT_ONCE):
            for batch in group(trades, self._max_batch_bytes):
                check_names(batch)
                self._outbox.add(batch)
            self._work.set()
            while self._outbox.full:
                self._room.clear()
                await self._room.wait()
        self._complete = True
        self._work.set()

    async def _stay_connected(self) -> None:
        while not self._finished:
            async for attempt in AsyncRetrying(wait=self._wait, retry=retry_if_exception_type(_TROUBLE), reraise=True):
                with attempt:
                    await self._connection()

    async def _connection(self) -> None:
        """Talk over one connection until it ends. Raises when nothing was accepted: the next one then waits longer."""
        if self._finished:
            return
        before = self._outbox.accepted
        try:
            async with self._address.connect(
                proxy=None,
                compression=None,
                max_size=_MAX_CONTROL_FRAME_BYTES,
                ping_interval=_PING_SECONDS,
                ping_timeout=_PONG_SECONDS,
                close_timeout=2,
            ) as socket:
                await self._introduce(socket)
                await self._converse(socket)
        except _TROUBLE as error:
            self._tell_trouble(error)
            if self._outbox.accepted == before:
                raise
        finally:
            self.connected = False

    async def _introduce(self, socket: ClientConnection) -> None:
        await socket.send(encode(self._hello))
        async with asyncio.timeout(_WELCOME_SECONDS):
            answer = decode_to_connector(await socket.recv())
        if isinstance(answer, Refused):
            problem = f"the writer at {self._url} refuses {self._hello.producer}: {answer.reason}"
            raise LinkRefusedError(problem)
        if not isinstance(answer, Welcome):
            problem = f"{type(answer).__name__} instead of a welcome"
            raise FrameError(problem)
        if not OLDEST_VERSION <= answer.version <= VERSION:
            problem = f"a welcome in link version {answer.version}; this connector speaks {OLDEST_VERSION} to {VERSION}"
            raise FrameError(problem)
        self._version = answer.version
        self._outbox.rewind(answer.held)
        self._credit = answer.credit
        self._accept(answer.accepted)
        self.connected = True
        self._log.info(
            "link open",
            url=self._url,
            writer_session=answer.session,
            unaccepted=self._outbox.trades,
            link_version=answer.version,
        )

    async def _converse(self, socket: ClientConnection) -> None:
        sender = asyncio.create_task(self._send(socket))
        receiver = asyncio.create_task(self._receive(socket))
        try:
            done, _ = await asyncio.wait({sender, receiver}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await _end({sender, receiver})

    async def _send(self, socket: ClientConnection) -> None:
        """Send whatever may be sent; returns when everything is accepted and no more will come."""
        while not self._finished:
            entry = self._outbox.send(self._credit)
            if entry is None:
                self._work.clear()
                await self._work.wait()
                continue
            await socket.send(encode_batch(entry.seq, entry.batch, self._version))

    async def _receive(self, socket: ClientConnection) -> None:
        async for message in socket:
            frame = decode_to_connector(message)
            self._told_unreachable = False
            if isinstance(frame, Held):
                self._outbox.hold(frame.seq)
                self._credit = frame.credit
            elif isinstance(frame, Accepted):
                self._accept(frame.seq)
            else:
                problem = f"{type(frame).__name__} in the middle of a conversation"
                raise FrameError(problem)
            self._work.set()
        problem = "the writer closed the connection"
        raise LinkLostError(problem)

    def _accept(self, seq: int) -> None:
        for batch in self._outbox.accept(seq):
            if self._on_accepted is not None:
                self._on_accepted(batch)
        self._room.set()
        self._work.set()

    def _tell_trouble(self, error: Exception) -> None:
        """One line for each outage, not one for each attempt. It ends when a writer takes something, not with a welcome."""
        if not self._told_unreachable:
            self._told_unreachable = True
            self._log.warning(
                "the writer cannot be reached; trades are kept and it is tried again",
                url=self._url,
                error=f"{type(error).__name__}: {error}",
                unaccepted=self._outbox.trades,
            )


async def _end(tasks: set[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
