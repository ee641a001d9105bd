"""A connector that is told to follow other markets, of a made-up exchange. Its frames are `SYMBOL id`, `ending`, `refused`."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest
from tenacity.wait import wait_none
from websockets.asyncio.server import ServerConnection

from coattail_common.connector import (
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
    SocketConnector,
    SocketOptions,
    WebSocket,
    by_exchange_name,
)
from coattail_common.connector.testing import FakeBackfill, FakeExchange, FakeLedger, MovedClock, ReadableLog
from coattail_common.sink import TradeQueue
from coattail_common.testing import a_line

BTC, ETH, SOL = "BTC-USDT", "ETH-USDT", "SOL-USDT"
Came = list[tuple[str, int]]


def naming(symbols: Iterable[str]) -> Mapping[str, Market]:
    return by_exchange_name("plain", symbols, lambda market: market.symbol)


class ListeningConnector(SocketConnector):
    """Says which markets it wants, once `may_subscribe` is set."""

    def __init__(self, url: str, reporter: Reporter, gaps: GapOptions) -> None:
        super().__init__(
            reporter,
            Followed([BTC], naming),
            options=SocketOptions(overlap=0.05),
            gaps=gaps,
            now=MovedClock(),
            wait=wait_none(),
        )
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
        raise ExchangeRefusedError(complaint.text)

    def normalize(self, frame: bytes | str, received_at: int) -> Sequence[Message]:  # noqa: ARG002
        word, _, number = str(frame, "ascii").partition(" ") if isinstance(frame, bytes) else frame.partition(" ")
        if word == "ending":
            return (Ending(),)
        if word == "refused":
            return (Complaint(f"no such market among {number}"),)
        if word not in self.followed.known:
            return (Refusal(Reason.UNKNOWN_SYMBOL, word),)
        return (a_line(int(number), symbol=word),)


class Scene:
    def __init__(self, exchange: FakeExchange, connector: ListeningConnector, backfill: FakeBackfill) -> None:
        self.exchange = exchange
        self.connector = connector
        self.backfill = backfill
        self.queue: TradeQueue = asyncio.Queue(100)
        self.streaming = asyncio.create_task(connector.stream(self.queue))

    async def arrival(self, *symbols: str) -> ServerConnection:
        """The next connection, which subscribes to these."""
        socket = await self.exchange.arrival()
        assert await socket.recv() == "hello"
        assert await socket.recv() == " ".join(symbols)
        return socket

    async def came(self, count: int) -> Came:
        return [((trade := await self.queue.get()).market.symbol, trade.trade_id) for _ in range(count)]


@asynccontextmanager
async def scene(
    reporter: Reporter,
    *past: tuple[str, int],
    cursors: Mapping[str, int] | None = None,
    pacing: Pacing = Pacing(),  # noqa: B008  (it is frozen)
) -> AsyncIterator[Scene]:
    backfill = FakeBackfill(a_line(number, symbol=symbol) for symbol, number in past)
    filling = Filling(patience=0.001, retry_seconds=0.001, tries=1000)
    async with FakeExchange() as exchange:
        gaps = GapOptions(
            exchange="plain", backfill=backfill, filling=filling, pacing=pacing, ledger=FakeLedger(cursors)
        )
        the = Scene(exchange, ListeningConnector(exchange.url, reporter, gaps), backfill)
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


async def test_what_the_feed_refuses_is_gone_back_from_and_nothing_is_missed(
    reporter: Reporter, log: ReadableLog
) -> None:
    async with scene(reporter, (BTC, 6), (BTC, 7)) as the:
        old = await the.arrival(BTC)
        await send(old, f"{BTC} 5")
        await the.connector.follow([ETH])
        new = await the.arrival(ETH)
        await old.wait_closed()
        await send(new, f"refused {ETH}")
        again = await the.arrival(BTC)
        await send(again, f"{BTC} 8")
        assert await the.came(4) == [(BTC, 5), (BTC, 6), (BTC, 7), (BTC, 8)]
    assert len(log.lines(f"no such market among {ETH}")) == 2  # the refusal, and the session that ended over it
    assert reporter.tally.lists_refused == 1


async def test_it_goes_back_to_what_was_served_last(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        await the.arrival(BTC)
        await the.connector.follow([ETH])
        served = await the.arrival(ETH)
        await send(served, f"{ETH} 1")
        assert await the.came(1) == [(ETH, 1)]
        await the.connector.follow([SOL])
        refusing = await the.arrival(SOL)
        await served.wait_closed()
        await send(refusing, f"refused {SOL}")
        await the.arrival(ETH)


async def test_a_market_that_was_gone_back_to_is_not_taken_for_one_that_was_left(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        old = await the.arrival(BTC)
        await send(old, f"{BTC} 5")
        await the.connector.follow([ETH])
        refusing = await the.arrival(ETH)
        await old.wait_closed()
        await send(refusing, f"refused {ETH}")
        again = await the.arrival(BTC)
        await send(again, f"{BTC} 6")
        assert await the.came(2) == [(BTC, 5), (BTC, 6)]
        await the.connector.follow([SOL])
        assert the.connector.continuity.newest(BTC) == 6


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
        await send(old, f"refused {ETH}")
        async with asyncio.timeout(60):
            await following.wait_closed()
        the.connector.may_subscribe.set()
        await the.arrival(BTC)


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


async def test_what_the_feed_refuses_at_the_start_or_after_it_was_served_ends_the_connector(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        await the.arrival(BTC)
        await the.connector.follow([ETH])
        served = await the.arrival(ETH)
        await send(served, f"{ETH} 1")
        assert await the.came(1) == [(ETH, 1)]
        served.transport.abort()
        await send(await the.arrival(ETH), f"refused {ETH}")
        with pytest.raises(ExchangeRefusedError, match=ETH):
            await the.streaming


async def test_what_the_exchange_does_not_have_changes_nothing(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        old = await the.arrival(BTC)
        the.backfill.errors.append(BackfillRefusedError("404"))
        with pytest.raises(ExchangeRefusedError, match="plain has no market ETH-USDT"):
            await the.connector.follow([ETH, SOL])
        await send(old, f"{BTC} 5")
        assert await the.came(1) == [(BTC, 5)]
        assert the.connector.followed.symbols == (BTC,)


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
