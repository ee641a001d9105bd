"""For tests of connectors: an exchange that does what the test does, the two ends of `run`, a clock and a log."""

import asyncio
import io
import uuid
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from types import TracebackType
from typing import Self

from aws_lambda_powertools import Logger
from websockets.asyncio.server import Server, ServerConnection, serve

from coattail_common.connector.base import BaseConnector
from coattail_common.connector.messages import Message
from coattail_common.contracts import Trade
from coattail_common.sink import TradeQueue


class FakeExchange:
    """A real WebSocket server on a free port, whose connections a test holds and plays by hand."""

    def __init__(self) -> None:
        self._arrivals: asyncio.Queue[ServerConnection] = asyncio.Queue()
        self._server: Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await serve(self._attend, "127.0.0.1", 0, compression=None, close_timeout=1)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None  # noqa: S101  (the context is open)
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """Its address."""
        assert self._server is not None  # noqa: S101  (the context is open)
        return f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def arrival(self) -> ServerConnection:
        """The next client that connected, oldest first; waits for one."""
        return await self._arrivals.get()

    async def _attend(self, socket: ServerConnection) -> None:
        self._arrivals.put_nowait(socket)
        await socket.wait_closed()


class FakeSink:
    """A `TradeSink` that keeps what it takes, and can be told to take nothing more."""

    def __init__(self) -> None:
        self.trades: list[Trade] = []
        self.taking = asyncio.Event()
        self.taking.set()
        self._changed = asyncio.Condition()

    async def drain(self, queue: TradeQueue) -> None:
        """See `TradeSink.drain`."""
        while True:
            await self.taking.wait()
            try:
                self.trades.append(await queue.get())
            except asyncio.QueueShutDown:
                return
            async with self._changed:
                self._changed.notify_all()

    async def until(self, trades: int) -> list[Trade]:
        """Its trades, once there are at least so many."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.trades) >= trades)
        return self.trades


class FakeConnector(BaseConnector):
    """A connector that streams the trades it is given, and then fails with `error` or waits for its end."""

    def __init__(self, trades: Sequence[Trade], error: Exception | None = None) -> None:
        self._trades = trades
        self._error = error
        self._stop = asyncio.Event()

    def connect(self) -> AbstractAsyncContextManager[object]:
        """See `BaseConnector.connect`."""
        return nullcontext()

    def normalize(self, frame: bytes | str, received_at: int) -> Sequence[Message]:  # noqa: ARG002
        """See `BaseConnector.normalize`."""
        return ()

    def health_check(self) -> bool:
        """See `BaseConnector.health_check`."""
        return not self._stop.is_set()

    async def stream(self, queue: TradeQueue) -> None:
        """See `BaseConnector.stream`."""
        for trade in self._trades:
            await queue.put(trade)
        if self._error is not None:
            raise self._error
        await self._stop.wait()

    async def shutdown(self) -> None:
        """See `BaseConnector.shutdown`."""
        self._stop.set()


class MovedClock:
    """A clock that a test moves. UTC µs."""

    def __init__(self) -> None:
        self.micros = 1_700_000_000_000_000

    def __call__(self) -> int:
        return self.micros

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.micros += round(seconds * 1_000_000)


class ReadableLog:
    """A logger, and what it wrote."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.logger = Logger(service=uuid.uuid4().hex, stream=self._stream)

    def lines(self, containing: str) -> list[str]:
        """The lines that contain a text, oldest first."""
        return [line for line in self._stream.getvalue().splitlines() if containing in line]
