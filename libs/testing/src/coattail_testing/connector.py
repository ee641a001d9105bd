"""For tests of connectors: an exchange that does what the test does, the two ends of `run`, a clock and a log."""

import asyncio
import io
import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from decimal import Context, Decimal
from types import TracebackType
from typing import Final, Self

from aiohttp import web
from aws_lambda_powertools import Logger
from msgspec import structs
from websockets.asyncio.server import Server, ServerConnection, serve

from coattail_common.contracts import Event, Origin, Trade
from coattail_common.lines import TradeLine, decode_trade, trade_line
from coattail_connector.base import BaseConnector
from coattail_connector.frames.messages import Message, Refusal
from coattail_connector.gaps.backfill import Backfill, BackfillUnavailableError
from coattail_connector.gaps.holes import Gap
from coattail_connector.rest import Answer, RestClient
from coattail_runtime.link.batching import LineBatch
from coattail_runtime.sink import TradeQueue

_FIRST_WORDS_SECONDS: Final = 5.0
"""What exchanges wait for a subscription."""
_ACCEPTING: Final = 3
"""Steps of the loop in which asyncio accepts a connection: the socket is ready, a task is made, the task has a transport."""


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
        # A connection that asyncio is accepting while the server closes stays open (python/cpython#109564).
        for _ in range(_ACCEPTING):
            await asyncio.sleep(0)
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

    async def subscriber(self) -> ServerConnection:
        """The next client, once it has said its first words."""
        socket = await self.arrival()
        async with asyncio.timeout(_FIRST_WORDS_SECONDS):
            await socket.recv()
        return socket

    async def _attend(self, socket: ServerConnection) -> None:
        self._arrivals.put_nowait(socket)
        await socket.wait_closed()


class FakeRest:
    """An HTTP server on a free port that gives the answers of a test (status, headers, body), in turn, and 503 then."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], str]] = []
        self.asked: list[str] = []
        self._runner = web.AppRunner(self._application(), access_log=None)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    def _application(self) -> web.Application:
        application = web.Application()
        application.router.add_get("/{path:.*}", self._answer)
        return application

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        status, headers, body = self.answers.pop(0) if self.answers else (503, {}, "")
        return web.Response(status=status, headers=headers, text=body)


class FakeBackfill:
    """A `Backfill` that has the trades of `has`, after it has raised each of `errors`; while `answering` is clear it
    says nothing.
    """

    most = 1000

    def __init__(self, has: Iterable[TradeLine] = (), errors: Iterable[Exception] = ()) -> None:
        self.has = {(one.market.symbol, one.trade_id): decode_trade(one.line) for one in has}
        self.errors = list(errors)
        self.asked: list[Gap] = []
        self.asked_latest = asyncio.Event()
        self.closed = False
        self.answering = asyncio.Event()
        self.answering.set()

    async def fetch(self, gap: Gap) -> Sequence[TradeLine | Refusal]:
        """See `Backfill.fetch`."""
        self.asked.append(gap)
        await self.answering.wait()
        if self.errors:
            raise self.errors.pop(0)
        found = (self.has.get((gap.symbol, trade_id)) for trade_id in range(gap.first, gap.last + 1))
        return [trade_line(structs.replace(trade, origin=Origin.BACKFILL)) for trade in found if trade is not None]

    async def latest(self, symbol: str) -> int | None:
        """See `Backfill.latest`."""
        self.asked_latest.set()
        await self.answering.wait()
        if self.errors:
            raise self.errors.pop(0)
        return max((trade_id for one, trade_id in self.has if one == symbol), default=None)

    async def close(self) -> None:
        """See `Backfill.close`."""
        self.closed = True


class FakeEvents:
    """An `EventSink` that keeps its events."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def tell(self, event: Event) -> None:
        """See `EventSink.tell`."""
        self.events.append(event)


class FakeLedger:
    """A durable `Ledger` of cursors that a test sets. It records its calls."""

    durable = True

    def __init__(self, cursors: Mapping[str, int] | None = None) -> None:
        self.cursors = cursors or {}
        self.told: list[tuple[str, str, int, int]] = []

    async def resume(self, symbols: Sequence[str]) -> Mapping[str, int]:
        """See `Ledger.resume`."""
        return {symbol: self.cursors[symbol] for symbol in symbols if symbol in self.cursors}

    def began(self, symbol: str, trade_id: int) -> None:
        """See `Ledger.began`."""
        self.told.append(("began", symbol, trade_id, trade_id))

    def lost(self, symbol: str, first: int, last: int) -> None:
        """See `Ledger.lost`."""
        self.told.append(("lost", symbol, first, last))

    def accepted(self, batch: LineBatch) -> None:
        """See `Ledger.accepted`."""


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
                self.trades.append(decode_trade((await queue.get()).line))
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
            await queue.put(trade_line(trade))
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


class FakeAnswer(RestClient):
    """Asks nobody: gives one answer, and an empty list then."""

    def __init__(self, answer: Answer) -> None:
        self._answers = [answer]

    async def get(self, path: str, query: Mapping[str, str], **options: object) -> Answer:  # noqa: ARG002
        """See `RestClient.get`."""
        return self._answers.pop() if self._answers else Answer({}, b"[]")

    def pause(self, seconds: float) -> None:
        """See `RestClient.pause`."""
        assert seconds >= 0  # noqa: S101


def decoded[T](messages: Iterable[TradeLine | T]) -> tuple[Trade | T, ...]:
    """The same, with each trade as its line says it."""
    return tuple(decode_trade(message.line) if isinstance(message, TradeLine) else message for message in messages)


def check_messages(messages: Iterable[Message]) -> None:
    """Whatever a frame was: each refusal says why, and each trade can travel and has an exact volume."""
    for message in messages:
        if isinstance(message, Refusal):
            assert message.detail  # noqa: S101
        elif isinstance(message, TradeLine):
            _check_trade(message, Origin.STREAM)


async def check_answers(backfill: Backfill, gap: Gap) -> None:
    """Fetch the gap: whatever REST answered, it is trades of the gap that can travel, refusals with a reason, or to be asked again."""
    try:
        answers = await backfill.fetch(gap)
    except BackfillUnavailableError:
        return
    for answer in answers:
        if isinstance(answer, Refusal):
            assert answer.detail  # noqa: S101
        else:
            assert gap.first <= answer.trade_id <= gap.last  # noqa: S101
            _check_trade(answer, Origin.BACKFILL)


def _check_trade(line: TradeLine, origin: Origin) -> None:
    trade = decode_trade(line.line)
    assert trade.origin is origin  # noqa: S101
    assert trade_line(trade) == line  # noqa: S101
    exact = Context(prec=100).multiply(Decimal(trade.price), Decimal(trade.quantity))
    assert Decimal(trade.quote_volume) == exact > 0  # noqa: S101
