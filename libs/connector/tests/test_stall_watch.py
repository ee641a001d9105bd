"""Markets that fall silent, at a clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tenacity.wait import wait_none

from coattail_common.contracts import ConnectorStalled
from coattail_connector import BackfillUnavailableError, Continuity, Filling, NoLedger, Pacing, Reporter
from coattail_connector.gaps.ordered_queue import OrderedQueue
from coattail_connector.gaps.pace import UNKNOWN
from coattail_connector.gaps.recovery import Recovery
from coattail_connector.gaps.reports import GapReports
from coattail_connector.gaps.stall_watch import Watch
from coattail_runtime.sink import TradeQueue
from coattail_testing.connector import FakeBackfill, FakeEvents, MovedClock
from coattail_testing.records import a_line

_ASKED = 10
"""A look asks for the time more than once, and again where a market is suspected: so often are some looks, each to its end."""


class Seconds:
    """A clock in seconds, moved by the test; `looked` wakes once the watch has looked at it again, and more than once."""

    def __init__(self) -> None:
        self.now = 0.0
        self._asked = asyncio.Event()

    def __call__(self) -> float:
        self._asked.set()
        return self.now

    async def looked(self) -> None:
        for _ in range(_ASKED):
            self._asked.clear()
            await self._asked.wait()


class CountingBackfill(FakeBackfill):
    """Counts how often it is asked for a latest trade."""

    times_asked = 0

    async def latest(self, symbol: str) -> int | None:
        """See `Backfill.latest`."""
        self.times_asked += 1
        return await super().latest(symbol)


class Scene:
    def __init__(self, reporter: Reporter, backfill: FakeBackfill) -> None:
        self.backfill = backfill
        self.queue: TradeQueue = asyncio.Queue(40)
        self.events = FakeEvents()
        self.seconds = Seconds()
        self.reconnected = asyncio.Event()
        self.continuity = Continuity(Filling())
        self.recovery = Recovery(
            self.continuity,
            OrderedQueue(self.queue, reporter.tally),
            GapReports("binance", reporter, self.events, NoLedger(), MovedClock()),
            wait_none(),
        )
        self.watch = Watch(
            self.continuity,
            self.recovery,
            backfill,
            self.reconnect,
            symbols=lambda: ["BTC-USDT"],
            pacing=Pacing(every=0.0001),
            seconds=self.seconds,
        )

    async def reconnect(self) -> None:
        self.reconnected.set()

    async def trade_for_a_while(self) -> None:
        """A trade a second, ids 1 to 30."""
        for number in range(1, 31):
            self.seconds.now = float(number)
            await self.recovery.trade(a_line(number))
            await self.seconds.looked()


@asynccontextmanager
async def scene(reporter: Reporter, backfill: FakeBackfill, *, quiet: bool = False) -> AsyncIterator[Scene]:
    the, stop = Scene(reporter, backfill), asyncio.Event()
    watching = asyncio.create_task(the.watch.watch(stop))
    if not quiet:
        await the.trade_for_a_while()
    yield the
    stop.set()
    await watching


async def test_a_market_that_trades_and_is_silent_is_stalled(reporter: Reporter) -> None:
    async with scene(reporter, FakeBackfill([a_line(40)])) as the:
        the.seconds.now = 55
        await the.reconnected.wait()
        assert the.continuity.missing == 10
        (event,) = the.events.events
        assert isinstance(event, ConnectorStalled)
        assert (event.symbol, event.silent_seconds) == ("BTC-USDT", 25)
    assert reporter.tally.stalls == 1


async def test_a_market_that_does_not_trade_is_merely_quiet(reporter: Reporter) -> None:
    backfill = CountingBackfill([a_line(30)])
    async with scene(reporter, backfill) as the:
        the.seconds.now = 55
        await the.seconds.looked()
        assert not the.reconnected.is_set()
        assert backfill.times_asked == 1
    assert reporter.tally.stalls == 0


async def test_where_nothing_is_known_of_a_market_the_exchange_says_where_it_stands(reporter: Reporter) -> None:
    async with scene(reporter, FakeBackfill([a_line(40)]), quiet=True) as the:
        await the.seconds.looked()
        assert the.continuity.newest("BTC-USDT") is None
        the.seconds.now = UNKNOWN
        while the.continuity.newest("BTC-USDT") is None:
            await the.seconds.looked()
        assert the.continuity.newest("BTC-USDT") == 40
        assert not the.reconnected.is_set()
        await the.recovery.trade(a_line(43))
        assert the.continuity.missing == 2
    assert reporter.tally.stalls == 0


async def test_a_market_that_has_never_traded_stays_unknown(reporter: Reporter) -> None:
    async with scene(reporter, FakeBackfill(), quiet=True) as the:
        await the.seconds.looked()
        the.seconds.now = UNKNOWN
        await the.seconds.looked()
        assert the.continuity.newest("BTC-USDT") is None
        await the.recovery.trade(a_line(1))
        assert the.queue.get_nowait().trade_id == 1


async def test_rest_that_does_not_answer_says_nothing_and_is_asked_later(reporter: Reporter) -> None:
    backfill = FakeBackfill([a_line(40)], errors=[BackfillUnavailableError("down")])
    async with scene(reporter, backfill) as the:
        the.seconds.now = 55
        await the.seconds.looked()
        assert not backfill.errors
        assert not the.reconnected.is_set()
        the.seconds.now = 81
        await the.reconnected.wait()


async def test_a_market_that_trades_while_rest_is_asked_is_not_stalled(reporter: Reporter) -> None:
    async with scene(reporter, FakeBackfill([a_line(40)])) as the:
        the.backfill.answering.clear()
        the.seconds.now = 55
        await the.backfill.asked_latest.wait()
        await the.recovery.trade(a_line(31))
        the.backfill.answering.set()
        await the.seconds.looked()
        assert not the.reconnected.is_set()
    assert reporter.tally.stalls == 0


async def test_a_sink_that_takes_nothing_while_rest_is_asked_is_no_stall(reporter: Reporter) -> None:
    async with scene(reporter, FakeBackfill([a_line(60)])) as the:
        the.backfill.answering.clear()
        the.seconds.now = 55
        await the.backfill.asked_latest.wait()
        for number in range(10):
            await the.recovery.trade(a_line(number, symbol="ETH-USDT"))
        waiting = asyncio.create_task(the.recovery.trade(a_line(10, symbol="ETH-USDT")))
        await asyncio.sleep(0)
        the.backfill.answering.set()
        await the.seconds.looked()
        assert not the.reconnected.is_set()
        the.queue.get_nowait()
        await waiting
    assert reporter.tally.stalls == 0


async def test_on_a_new_connection_a_silent_market_is_looked_at_early(reporter: Reporter) -> None:
    async with scene(reporter, FakeBackfill([a_line(40)])) as the:
        the.watch.connected()
        the.seconds.now = 41
        await the.reconnected.wait()


async def test_a_sink_that_takes_nothing_is_no_stall(reporter: Reporter) -> None:
    async with scene(reporter, FakeBackfill([a_line(60)])) as the:
        for number in range(31, 41):
            await the.recovery.trade(a_line(number))
        waiting = asyncio.create_task(the.recovery.trade(a_line(41)))
        await the.seconds.looked()
        the.seconds.now = 500
        await the.seconds.looked()
        assert not the.reconnected.is_set()
        the.queue.get_nowait()
        await waiting
        await the.seconds.looked()
        assert not the.reconnected.is_set()
        the.seconds.now = 600
        await the.reconnected.wait()
    assert reporter.tally.stalls == 1
