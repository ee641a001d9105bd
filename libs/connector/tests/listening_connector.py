"""A connector of a made-up exchange, whose markets a test sets. Its frames are `SYMBOL id`, `ending`, `refused SYMBOL`, …"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

from tenacity.wait import wait_none
from websockets.asyncio.server import ServerConnection

from coattail_connector import (
    Alias,
    ConnectionEnd,
    ExchangeError,
    Filling,
    GapOptions,
    Message,
    Pacing,
    Reason,
    Refusal,
    Reporter,
    SessionRefusedError,
    SocketConnector,
    SocketOptions,
    StreamedMarket,
    WebSocket,
    by_exchange_name,
)
from coattail_connector.process.tally import MICROS
from coattail_runtime.sink import TradeQueue
from coattail_testing.connector import (
    FakeBackfill,
    FakeEvents,
    FakeExchange,
    FakeLedger,
    MovedClock,
)
from coattail_testing.records import a_line

BTC, ETH, SOL = "BTC-USDT", "ETH-USDT", "SOL-USDT"
OFTEN = Pacing(every=0.001, shortest=3600, longest=3600, unknown=3600)
Came = list[tuple[str, int]]


def naming(symbols: Iterable[str]) -> Mapping[str, StreamedMarket]:
    return by_exchange_name("plain", symbols, lambda market: market.symbol)


class ListeningConnector(SocketConnector):
    """Says which markets it wants, once `may_subscribe` is set."""

    def __init__(
        self, url: str, reporter: Reporter, gaps: GapOptions, options: SocketOptions, clock: MovedClock
    ) -> None:
        super().__init__([BTC], url, reporter, options=options, gaps=gaps, now=clock, wait=wait_none())
        self.seconds = lambda: clock() / MICROS
        self.may_subscribe = asyncio.Event()
        self.may_subscribe.set()

    def markets_by_name(self, symbols: Iterable[str]) -> Mapping[str, StreamedMarket]:
        return naming(symbols)

    async def opened(self, socket: WebSocket) -> None:
        words = " ".join(self.followed.wanted)
        await socket.send("hello")
        await self.may_subscribe.wait()
        await socket.send(words)

    def handle_exchange_error(self, error: ExchangeError) -> None:
        if not self.unavailable_by(error):
            raise SessionRefusedError(error.text)

    def normalize(self, frame: bytes | str, received_at: int) -> Sequence[Message]:  # noqa: ARG002
        word, _, number = str(frame, "ascii").partition(" ") if isinstance(frame, bytes) else frame.partition(" ")
        if word == "ending":
            return (ConnectionEnd(),)
        if word == "refused":
            return (ExchangeError(f"no such market: {number}"),)
        if word == "busy":
            return (ExchangeError(word),)
        if word == "alias":
            return (Alias(number, "OTHER"),)
        if word not in self.followed.known:
            return (Refusal(Reason.UNKNOWN_SYMBOL, word),)
        return (a_line(int(number), symbol=word),)


class Scene:
    def __init__(
        self,
        exchange: FakeExchange,
        connector: ListeningConnector,
        backfill: FakeBackfill,
        events: FakeEvents,
        clock: MovedClock,
    ) -> None:
        self.exchange = exchange
        self.connector = connector
        self.backfill = backfill
        self.events = events
        self.clock = clock
        self.queue: TradeQueue = asyncio.Queue(100)
        self.streaming = asyncio.create_task(connector.stream(self.queue))

    async def arrival(self, *symbols: str) -> ServerConnection:
        """The next connection, which subscribes to these."""
        socket = await self.exchange.arrival()
        assert await socket.recv() == "hello"
        assert await socket.recv() == " ".join(symbols)
        return socket

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not condition():  # noqa: ASYNC110  (there is no event)
                await asyncio.sleep(0.001)

    async def came(self, count: int) -> Came:
        return [((trade := await self.queue.get()).market.symbol, trade.trade_id) for _ in range(count)]


@asynccontextmanager
async def scene(
    reporter: Reporter,
    *past: tuple[str, int],
    cursors: Mapping[str, int] | None = None,
    pacing: Pacing = Pacing(),  # noqa: B008  (it is frozen)
    options: SocketOptions = SocketOptions(overlap=0.05),  # noqa: B008  (it is frozen)
) -> AsyncIterator[Scene]:
    backfill = FakeBackfill(a_line(number, symbol=symbol) for symbol, number in past)
    filling = Filling(patience=0.001, retry_seconds=0.001, tries=1000)
    events, clock = FakeEvents(), MovedClock()
    async with FakeExchange() as exchange:
        gaps = GapOptions(
            exchange="plain",
            backfill=backfill,
            filling=filling,
            pacing=pacing,
            ledger=FakeLedger(cursors),
            events=events,
        )
        the = Scene(exchange, ListeningConnector(exchange.url, reporter, gaps, options, clock), backfill, events, clock)
        try:
            yield the
        finally:
            the.connector.may_subscribe.set()
            await the.connector.shutdown()
            await asyncio.gather(the.streaming, return_exceptions=True)


async def send(socket: ServerConnection, *frames: str) -> None:
    for frame in frames:
        await socket.send(frame)
