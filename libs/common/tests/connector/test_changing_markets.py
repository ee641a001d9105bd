"""A connector that is told to follow other markets, of a made-up exchange. Its frames are `SYMBOL id`, `ending`, `refused`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest
from tenacity.wait import wait_none
from websockets.asyncio.server import ServerConnection

from coattail_common.connector import (
    Alias,
    BackfillRefusedError,
    Change,
    Complaint,
    Connect,
    Ending,
    ExchangeRefusedError,
    Filling,
    Followed,
    GapOptions,
    Market,
    Message,
    Pacing,
    Reason,
    Refusal,
    Reporter,
    SessionRefusedError,
    SocketConnector,
    SocketOptions,
    WebSocket,
    by_exchange_name,
)
from coattail_common.connector.streaming import HEALTHY_SECONDS, REFUSED_IN_A_ROW
from coattail_common.connector.tally import MICROS
from coattail_common.connector.testing import (
    FakeBackfill,
    FakeEvents,
    FakeExchange,
    FakeLedger,
    MovedClock,
    ReadableLog,
)
from coattail_common.contracts import MarketAvailable, MarketUnavailable
from coattail_common.sink import TradeQueue
from coattail_common.testing import a_line

BTC, ETH, SOL = "BTC-USDT", "ETH-USDT", "SOL-USDT"
OFTEN = Pacing(every=0.001, shortest=3600, longest=3600, unknown=3600)
Came = list[tuple[str, int]]


def naming(symbols: Iterable[str]) -> Mapping[str, Market]:
    return by_exchange_name("plain", symbols, lambda market: market.symbol)


class ListeningConnector(SocketConnector):
    """Says which markets it wants, once `may_subscribe` is set."""

    def __init__(
        self, url: str, reporter: Reporter, gaps: GapOptions, options: SocketOptions, clock: MovedClock
    ) -> None:
        super().__init__(reporter, Followed([BTC], naming), options=options, gaps=gaps, now=clock, wait=wait_none())
        self.seconds = lambda: clock() / MICROS
        self.url = url
        self.may_subscribe = asyncio.Event()
        self.may_subscribe.set()

    def connect(self) -> Connect:
        return self.prepare(self.url)

    async def opened(self, socket: WebSocket) -> None:
        words = " ".join(self.followed.wanted)
        await socket.send("hello")
        await self.may_subscribe.wait()
        await socket.send(words)

    def complained(self, complaint: Complaint) -> None:
        if not self.unavailable_by(complaint):
            raise SessionRefusedError(complaint.text)

    def normalize(self, frame: bytes | str, received_at: int) -> Sequence[Message]:  # noqa: ARG002
        word, _, number = str(frame, "ascii").partition(" ") if isinstance(frame, bytes) else frame.partition(" ")
        if word == "ending":
            return (Ending(),)
        if word == "refused":
            return (Complaint(f"no such market: {number}"),)
        if word == "busy":
            return (Complaint(word),)
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


async def test_in_a_quiet_market_too_a_change_is_followed_at_once(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        old = await the.arrival(BTC)
        assert await the.connector.follow([BTC, ETH]) == Change(added=(ETH,))
        new = await the.arrival(BTC, ETH)
        await send(old, f"{BTC} 5")
        await old.wait_closed()
        await send(new, f"{BTC} 6", f"{ETH} 70")
        assert await the.came(3) == [(BTC, 5), (BTC, 6), (ETH, 70)]


async def test_the_same_markets_in_another_order_are_no_change(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        await the.arrival(BTC)
        assert not await the.connector.follow([BTC])
        assert the.connector.followed.symbols == (BTC,)


async def test_an_added_market_begins_at_its_cursor(reporter: Reporter) -> None:
    async with scene(reporter, (ETH, 68), (ETH, 69), cursors={ETH: 67}) as the:
        await the.arrival(BTC)
        await the.connector.follow([BTC, ETH])
        new = await the.arrival(BTC, ETH)
        await send(new, f"{ETH} 70")
        assert await the.came(3) == [(ETH, 68), (ETH, 69), (ETH, 70)]


async def test_a_change_while_another_connection_is_being_made(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        await the.arrival(BTC)
        the.connector.may_subscribe.clear()
        await the.connector.follow([ETH])
        second = await the.exchange.arrival()
        assert await second.recv() == "hello"
        await the.connector.follow([SOL])
        the.connector.may_subscribe.set()
        assert await second.recv() == ETH
        third = await the.arrival(SOL)
        await second.wait_closed()
        await send(third, f"{SOL} 1")
        assert await the.came(1) == [(SOL, 1)]
        assert list(the.connector.followed.known) == [SOL]


async def test_a_change_before_the_first_connection_is_up(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        the.connector.may_subscribe.clear()
        first = await the.exchange.arrival()
        assert await first.recv() == "hello"
        await the.connector.follow([BTC, ETH])
        the.connector.may_subscribe.set()
        assert await first.recv() == BTC
        await the.arrival(BTC, ETH)
        await first.wait_closed()


async def test_a_market_that_was_left_is_forgotten_with_the_next_change(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        await send(await the.arrival(BTC), f"{BTC} 5")
        await the.connector.follow([ETH])
        await send(await the.arrival(ETH), f"{ETH} 1")
        assert await the.came(2) == [(BTC, 5), (ETH, 1)]
        assert the.connector.continuity.newest(BTC) == 5
        await the.connector.follow([SOL])
        assert the.connector.continuity.newest(BTC) is None


async def test_a_session_that_ends_lets_go_of_the_connection_that_was_to_follow_it(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        old = await the.arrival(BTC)
        the.connector.may_subscribe.clear()
        await the.connector.follow([ETH])
        following = await the.exchange.arrival()
        assert await following.recv() == "hello"
        await send(old, "busy")
        async with asyncio.timeout(60):
            await following.wait_closed()
        the.connector.may_subscribe.set()
        await the.arrival(ETH)


async def test_what_was_traded_while_there_was_no_connection_is_asked_for_soon(reporter: Reporter) -> None:
    patient = Pacing(every=0.001, shortest=0.01, longest=3600, unknown=3600)
    async with scene(reporter, (BTC, 6), pacing=patient) as the:
        socket = await the.arrival(BTC)
        await send(socket, f"{BTC} 5")
        assert await the.came(1) == [(BTC, 5)]
        coming = asyncio.create_task(the.came(1))
        for _ in range(20):  # at first the market may not have been looked at yet
            socket.transport.abort()
            socket = await the.arrival(BTC)
            await asyncio.wait({coming}, timeout=0.2)
            if coming.done():
                break
        assert coming.done()
        assert await coming == [(BTC, 6)]


async def test_what_the_exchange_does_not_have_is_told_of_and_the_others_are_followed(
    reporter: Reporter, log: ReadableLog
) -> None:
    async with scene(reporter) as the:
        await the.arrival(BTC)
        the.backfill.errors.append(BackfillRefusedError("404"))
        assert await the.connector.follow([ETH, SOL]) == Change(added=(ETH, SOL), removed=(BTC,))
        await send(await the.arrival(SOL), f"{SOL} 1")
        assert await the.came(1) == [(SOL, 1)]
        assert the.events.events == [
            MarketUnavailable(
                occurred_at=the.clock(), exchange="plain", symbol=ETH, reason="plain has no market ETH-USDT"
            )
        ]
    assert len(log.lines("the exchange does not serve this market")) == 1
    assert reporter.tally.unavailable == 1


async def test_a_list_of_which_the_exchange_has_nothing_changes_nothing(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        old = await the.arrival(BTC)
        the.backfill.errors += [BackfillRefusedError("404"), BackfillRefusedError("404")]
        with pytest.raises(ExchangeRefusedError, match="plain has no market ETH-USDT, SOL-USDT"):
            await the.connector.follow([ETH, SOL])
        await send(old, f"{BTC} 5")
        assert await the.came(1) == [(BTC, 5)]
        assert the.connector.followed.symbols == (BTC,)


async def test_a_market_that_the_feed_refuses_ends_at_the_next_connection_and_the_others_miss_nothing(
    reporter: Reporter, log: ReadableLog
) -> None:
    async with scene(reporter, (BTC, 6), (BTC, 7)) as the:
        await the.arrival(BTC)
        await the.connector.follow([BTC, ETH])
        socket = await the.arrival(BTC, ETH)
        await send(socket, f"{BTC} 5", f"refused {ETH}", f"{BTC} 6")
        assert await the.came(2) == [(BTC, 5), (BTC, 6)]
        socket.transport.abort()
        await send(await the.arrival(BTC), f"{BTC} 8")
        assert await the.came(2) == [(BTC, 7), (BTC, 8)]
    assert len(log.lines("the exchange does not serve this market")) == 1


async def test_where_one_refuses_all_the_others_are_asked_for_again_at_once(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        the.connector.one_refuses_all = True
        await the.arrival(BTC)
        await the.connector.follow([BTC, ETH, SOL])
        socket = await the.arrival(BTC, ETH, SOL)
        await send(socket, f"refused {ETH}")
        assert [await socket.recv(), await socket.recv()] == ["hello", f"{BTC} {SOL}"]
        await send(socket, f"refused {SOL}")
        assert [await socket.recv(), await socket.recv()] == ["hello", BTC]


async def test_it_comes_back_by_itself_and_is_told_of_once(reporter: Reporter) -> None:
    """Refused again while it is tried, it is no news; not refused for a while, it is available, and misses nothing."""
    async with scene(reporter, (ETH, 2), (ETH, 3), pacing=OFTEN) as the:

        def told() -> list[object]:
            kinds = (MarketUnavailable, MarketAvailable)
            return [type(event) for event in the.events.events if isinstance(event, kinds)]

        await the.arrival(BTC)
        await the.connector.follow([BTC, ETH])
        socket = await the.arrival(BTC, ETH)
        await send(socket, f"{ETH} 1")
        for seconds in (60, 120, 240):  # REST has it, and the feed refuses it
            await send(socket, f"refused {ETH}")
            await the.until(lambda: reporter.tally.unavailable == 1)
            the.clock.forward(seconds)
            socket = await the.arrival(BTC, ETH)
        await send(socket, f"{ETH} 4")
        assert await the.came(4) == [(ETH, 1), (ETH, 2), (ETH, 3), (ETH, 4)]
        assert told() == [MarketUnavailable]
        the.clock.forward(60)
        await the.until(lambda: told() == [MarketUnavailable, MarketAvailable])
        assert reporter.tally.unavailable == 0


async def test_with_no_market_left_it_waits_and_is_not_healthy_and_goes_on_when_one_is_back(reporter: Reporter) -> None:
    async with scene(reporter, pacing=OFTEN) as the:
        socket = await the.arrival(BTC)
        await send(socket, f"{BTC} 1")
        assert await the.came(1) == [(BTC, 1)]
        assert the.connector.health_check()
        the.backfill.errors += [BackfillRefusedError("404")] * 2  # in doubt, and a minute later
        await send(socket, f"refused {BTC}")
        await the.until(lambda: not the.connector.health_check())
        socket.transport.abort()
        await the.until(lambda: len(the.backfill.errors) == 1)
        for _ in range(3):
            the.clock.forward(240)
            await asyncio.sleep(0.01)
        await send(await the.arrival(BTC), f"{BTC} 2")
        assert await the.came(1) == [(BTC, 2)]
        assert not the.backfill.errors


async def test_a_start_with_nothing_that_the_exchange_has_ends(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        the.backfill.errors.append(BackfillRefusedError("404"))
        await send(await the.arrival(BTC), f"refused {BTC}")
        with pytest.raises(ExchangeRefusedError, match="plain has no market BTC-USDT"):
            await the.streaming


async def test_a_market_served_under_another_name_is_refused_with_that_name(
    reporter: Reporter, log: ReadableLog
) -> None:
    async with scene(reporter) as the:
        await the.arrival(BTC)
        await the.connector.follow([BTC, ETH])
        socket = await the.arrival(BTC, ETH)
        await send(socket, f"alias {ETH}", f"{BTC} 1")
        assert await the.came(1) == [(BTC, 1)]
    assert len(log.lines("the exchange serves it as OTHER: follow that instead")) == 1
    assert reporter.tally.refused == {Reason.UNKNOWN_SYMBOL: 1}


async def test_who_hears_nothing_but_what_is_refused_is_not_healthy(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        clock = the.clock
        socket = await the.arrival(BTC)
        await send(socket, f"{BTC} 1", *["NOBODY 1"] * REFUSED_IN_A_ROW)
        await the.until(lambda: reporter.tally.received == REFUSED_IN_A_ROW + 1)
        assert the.connector.health_check()
        clock.forward(HEALTHY_SECONDS + 1)
        await send(socket, "NOBODY 1")
        await the.until(lambda: reporter.tally.received == REFUSED_IN_A_ROW + 2)
        assert not the.connector.health_check()
        await send(socket, f"{BTC} 2")
        await the.until(lambda: reporter.tally.forwarded == 2)
        assert the.connector.health_check()


async def test_a_market_that_is_left_with_a_gap_is_filled_all_the_same(reporter: Reporter) -> None:
    async with scene(reporter, (BTC, 6)) as the:
        old = await the.arrival(BTC)
        the.backfill.answering.clear()
        await send(old, f"{BTC} 5", f"{BTC} 7")
        following = asyncio.create_task(the.connector.follow([ETH]))
        assert await the.came(1) == [(BTC, 5)]
        the.backfill.answering.set()
        await following
        await the.arrival(ETH)
        await old.wait_closed()
        assert await the.came(2) == [(BTC, 6), (BTC, 7)]
    assert reporter.tally.missing == 0
