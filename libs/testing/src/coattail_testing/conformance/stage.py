"""Where a case is played: a connector that streams from an exchange in the test's hands, into a sink that keeps all."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from tenacity import RetryCallState
from tenacity.wait import wait_base

from coattail_common.contracts import Trade
from coattail_connector.base import BaseConnector
from coattail_connector.gaps.backfill import Backfill
from coattail_connector.gaps.numbering import Filling
from coattail_connector.gaps.pace import Pacing
from coattail_connector.options import GapOptions, SocketOptions
from coattail_connector.process.reporting import Reporter
from coattail_connector.socket.reconnect import FULL_JITTER
from coattail_connector.streaming import SocketConnector
from coattail_runtime import telemetry
from coattail_runtime.sink import TradeQueue
from coattail_testing.conformance.exchange import Exchange
from coattail_testing.connector import FakeEvents, FakeLedger, FakeSink, ReadableLog

_LOOK_SECONDS: Final = 0.005
_QUICK: Final = 0.01
"""Waiting between attempts takes this part of the time that it would."""
_SHOWN_LINES: Final = 12
MAX_FRAME: Final = 2**20
"""Bytes."""


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What a connector is made of; each part is to be handed to it as it is."""

    symbols: tuple[str, ...]
    ws_url: str
    reporter: Reporter
    options: SocketOptions
    gaps: GapOptions
    wait: wait_base


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A connector, as the suite makes it.

    `exchange` makes the exchange, with the seconds between its heartbeats, if it has them. `backfill` gets the
    address of the REST API and the symbols. `name` is the exchange's in trades. `symbols` are two of its markets. It accepts
    `attempts` connections of a client within `attempts_seconds`. `announces_end` says whether it announces a connection's
    end.
    """

    name: str
    symbols: tuple[str, str]
    exchange: Callable[[float], Exchange]
    connector: Callable[[Setup], BaseConnector]
    backfill: Callable[[str, tuple[str, ...]], Backfill]
    attempts: int
    attempts_seconds: float
    announces_end: bool = False


class NotedWait(wait_base):
    """Full jitter in a hundredth of its time. `taken` has each wait: the attempt's number in its row, and seconds in full."""

    def __init__(self) -> None:
        self.taken: list[tuple[int, float]] = []

    def __call__(self, retry_state: RetryCallState) -> float:
        """See `wait_base`."""
        seconds = FULL_JITTER(retry_state)
        self.taken.append((retry_state.attempt_number, seconds))
        return seconds * _QUICK


class Stage:
    """A connector of `subject` between `exchange` and `sink`. `symbol` is its first market."""

    def __init__(
        self, subject: Subject, exchange: Exchange, *, queue_size: int, quick_to_suspect: bool, life: float | None
    ) -> None:
        self.subject = subject
        self.exchange = exchange
        self.symbol = subject.symbols[0]
        self.sink = FakeSink()
        self.events = FakeEvents()
        self.wait = NotedWait()
        self.awaited = ""
        self._log = ReadableLog()
        self.reporter = Reporter("conformance", self._log.logger, telemetry.metrics("conformance"))
        self._queue_size = queue_size
        self._life = life
        self._pacing = Pacing(every=0.02, shortest=0.3, longest=0.6, unknown=0.3) if quick_to_suspect else Pacing()
        self._connector: BaseConnector | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def tally(self) -> str:
        """What the connector counted, in short."""
        tally = self.reporter.tally
        return f"{tally.received} frames, {tally.forwarded} trades, {tally.opened} missed, {tally.backfilled} fetched"

    def start(self, cursors: Mapping[str, int] | None = None, symbols: tuple[str, ...] | None = None) -> None:
        """Start a connector of `symbols`, or all of the subject's, from `cursors` if there are any."""
        setup = Setup(
            symbols=symbols or self.subject.symbols,
            ws_url=self.exchange.ws_url,
            reporter=self.reporter,
            options=SocketOptions(
                max_size=MAX_FRAME, open_timeout=5, close_timeout=0.5, overlap=0.2, life=self._life, ask_again=0.3
            ),
            gaps=GapOptions(
                exchange=self.subject.name,
                backfill=self.subject.backfill(self.exchange.rest_url, self.subject.symbols),
                filling=Filling(patience=0.05, retry_seconds=0.02),
                pacing=self._pacing,
                events=self.events,
                ledger=FakeLedger(cursors),
            ),
            wait=self.wait,
        )
        queue: TradeQueue = asyncio.Queue(self._queue_size)
        self._connector = self.subject.connector(setup)
        self._tasks = [
            asyncio.create_task(self._stream(self._connector, queue)),
            asyncio.create_task(self.sink.drain(queue)),
        ]

    async def started(self) -> None:
        """Start, and let the first three trades of the market come in."""
        self.start()
        await self.subscribed()
        self.exchange.trade(self.symbol, 3)
        await self.all_handed_on()

    async def subscribed(self) -> None:
        """Wait until the exchange sends the market's trades to somebody."""
        await self.until(lambda: self.exchange.listeners(self.symbol) > 0, f"a subscription to {self.symbol}")

    async def follow(self, *symbols: str) -> None:
        """Tell the connector to follow these markets, and no others."""
        self.awaited = f"a connector that follows {', '.join(symbols)}"
        if not isinstance(self._connector, SocketConnector):
            raise AssertionError("the connector cannot be told to follow other markets")
        await self._connector.follow(symbols)

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a condition; `what` it is will be told should it never hold. Raises what ended the connector."""
        self.awaited = what
        while not condition():
            if self._tasks and self._tasks[0].done() and (error := self._tasks[0].exception()):
                raise AssertionError(f"the connector ended with {error!r}") from error
            await asyncio.sleep(_LOOK_SECONDS)

    async def all_handed_on(self, symbol: str | None = None, after: int = 0) -> None:
        """Wait for as many trades of the market as happened, and see that they are these, each once and in order.

        `after` is the id that they come after, `symbol` another market than the first.
        """
        of = symbol or self.symbol
        expected = [fact.trade_id for fact in self.exchange.facts(of) if fact.trade_id > after]
        await self.until(lambda: len(self.ids(of)) >= len(expected), f"{len(expected)} trades handed on")
        expect(self.ids(of) == expected, f"handed on {shown(self.ids(of))}, not {shown(expected)}")

    def trades(self, symbol: str | None = None) -> list[Trade]:
        """The trades of the market that were handed on, in their order."""
        return [trade for trade in self.sink.trades if trade.symbol == (symbol or self.symbol)]

    def ids(self, symbol: str | None = None) -> list[int]:
        """Their ids."""
        return [trade.trade_id for trade in self.trades(symbol)]

    def shut_down(self) -> asyncio.Task[None]:
        """Tell the connector to end."""
        assert self._connector is not None  # noqa: S101  (started)
        return asyncio.create_task(self._connector.shutdown())

    async def ended(self) -> None:
        """Wait until the connector has returned and the sink has taken everything."""
        self.awaited = "the end of the connector"
        await asyncio.gather(*self._tasks)

    async def end(self) -> None:
        """End the connector, whatever it does."""
        if self._connector is not None:
            await asyncio.wait([self.shut_down()], timeout=2)
        self.sink.taking.set()
        _, left = await asyncio.wait(self._tasks, timeout=2) if self._tasks else (set(), set())
        for task in left:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def seen(self) -> str:
        """What the connector counted and last logged, to explain a failure."""
        return "\n".join([self.tally, *self._log.lines("")[-_SHOWN_LINES:]])

    async def _stream(self, connector: BaseConnector, queue: TradeQueue) -> None:
        try:
            await connector.stream(queue)
        finally:
            queue.shutdown()


def expect(holds: bool, otherwise: str) -> None:
    """See that something holds. Raises `AssertionError`."""
    if not holds:
        raise AssertionError(otherwise)


def shown(ids: list[int]) -> str:
    """Ids as runs: `1-3 5`."""
    runs: list[list[int]] = []
    for number in ids:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs) or "nothing"
