"""What a connector does about trades that did not come. The feed is a queue of words: `5` a trade, `=5` the latest."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from tenacity.wait import wait_none

from coattail_common.contracts import TradesGapDetected, TradesGapFilled
from coattail_common.lines import TradeLine
from coattail_connector import (
    BackfillRefusedError,
    BackfillUnavailableError,
    Continuity,
    Filling,
    Gap,
    Ledger,
    NoLedger,
    Reason,
    Refusal,
    Reporter,
)
from coattail_connector.gaps.ordered_queue import OrderedQueue
from coattail_connector.gaps.recovery import Recovery
from coattail_connector.gaps.reports import GapReports
from coattail_runtime.sink import TradeQueue
from coattail_testing.connector import FakeBackfill, FakeEvents, FakeLedger, MovedClock, ReadableLog
from coattail_testing.records import a_line

BTC = "BTC-USDT"
QUICK = Filling(patience=0, retry_seconds=0)


class Scene:
    def __init__(self, recovery: Recovery, queue: TradeQueue, backfill: FakeBackfill, events: FakeEvents) -> None:
        self.recovery = recovery
        self.queue = queue
        self.backfill = backfill
        self.events = events

    async def receive(self, *words: str) -> None:
        for word in words:
            if word.startswith("="):
                await self.recovery.latest(BTC, int(word[1:]))
            else:
                await self.recovery.trade(a_line(int(word)))

    async def ids(self, count: int) -> list[int]:
        return [(await self.queue.get()).trade_id for _ in range(count)]


@asynccontextmanager
async def scene(
    reporter: Reporter,
    backfill: FakeBackfill,
    *,
    filling: Filling = QUICK,
    ledger: Ledger | None = None,
    queue_size: int = 0,
) -> AsyncIterator[Scene]:
    queue: TradeQueue = asyncio.Queue(queue_size)
    events, stop = FakeEvents(), asyncio.Event()
    recovery = Recovery(
        Continuity(filling),
        OrderedQueue(queue, reporter.tally),
        GapReports("binance", reporter, events, ledger or NoLedger(), MovedClock()),
        wait_none(),
    )
    tasks = [asyncio.create_task(recovery.fill(backfill, stop)), asyncio.create_task(recovery.let_pass(stop))]
    yield Scene(recovery, queue, backfill, events)
    stop.set()
    await asyncio.gather(*tasks)
    assert backfill.closed


def past(*ids: int) -> FakeBackfill:
    return FakeBackfill(a_line(number) for number in ids)


async def test_room_that_somebody_waits_for_is_no_room_for_others(reporter: Reporter) -> None:
    queue: TradeQueue = asyncio.Queue(1)
    ordered = OrderedQueue(queue, reporter.tally)
    ordered.put_now(a_line(5))
    waiting = asyncio.create_task(ordered.put([a_line(6)]))
    await asyncio.sleep(0)
    queue.get_nowait()
    assert (ordered.open, ordered.blocked) == (False, True)
    await waiting
    assert queue.get_nowait().trade_id == 6
    assert (ordered.open, ordered.blocked) == (True, False)


async def test_what_was_decided_first_goes_first(reporter: Reporter) -> None:
    async with scene(reporter, past(), filling=Filling(patience=3600)) as the:
        await the.receive("5", "7")
        closing = asyncio.create_task(the.receive("6"))
        await asyncio.sleep(0)
        if not the.recovery.pass_on(a_line(8)):
            await the.receive("8")
        await closing
        assert await the.ids(4) == [5, 6, 7, 8]


class FakeHalf(FakeBackfill):
    """A `FakeBackfill` that gives no answer over one market."""

    async def fetch(self, gap: Gap) -> Sequence[TradeLine | Refusal]:
        """See `Backfill.fetch`."""
        if gap.symbol == BTC:
            message = "no list of trades"
            raise BackfillUnavailableError(message)
        return await super().fetch(gap)


async def test_a_market_that_rest_has_no_answer_about_keeps_no_other_waiting(reporter: Reporter) -> None:
    backfill = FakeHalf([a_line(6, symbol="ETH-USDT")])
    async with scene(reporter, backfill, filling=Filling(patience=0, retry_seconds=0.01)) as the:
        await the.receive("5", "7")
        for number in (5, 7):
            await the.recovery.trade(a_line(number, symbol="ETH-USDT"))
        async with asyncio.timeout(60):
            assert await the.ids(4) == [5, 5, 6, 7]


async def test_a_gap_is_filled_in_order_and_told(reporter: Reporter, log: ReadableLog) -> None:
    async with scene(reporter, past(6, 7)) as the:
        await the.receive("5", "8", "9")
        assert await the.ids(5) == [5, 6, 7, 8, 9]
        assert the.events.events == [
            TradesGapFilled(
                occurred_at=1_700_000_000_000_000, exchange="binance", symbol=BTC, first_trade_id=6, last_trade_id=7
            )
        ]
    assert (reporter.tally.opened, reporter.tally.backfilled, reporter.tally.forwarded) == (2, 2, 5)
    assert (reporter.tally.gaps, reporter.tally.missing) == (0, 0)
    assert log.lines("fetching them")
    assert log.lines("gap filled")


async def test_the_latest_id_of_a_quiet_market_fills_a_gap(reporter: Reporter) -> None:
    async with scene(reporter, past(6, 7)) as the:
        await the.receive("5", "=7")
        assert await the.ids(3) == [5, 6, 7]


async def test_trades_pass_while_rest_does_not_answer_and_come_later(reporter: Reporter) -> None:
    backfill = past(6, 7)
    backfill.answering.clear()
    async with scene(reporter, backfill, filling=Filling(patience=0, hold_seconds=0.02)) as the:
        await the.receive("5", "8", "9")
        assert await the.ids(3) == [5, 8, 9]
        await the.receive("10")
        backfill.answering.set()
        assert await the.ids(3) == [10, 6, 7]


async def test_rest_that_is_down_is_asked_until_it_answers(reporter: Reporter, log: ReadableLog) -> None:
    backfill = past(6)
    backfill.errors = [BackfillUnavailableError("down")] * 20
    async with scene(reporter, backfill) as the:
        await the.receive("5", "7")
        assert await the.ids(3) == [5, 6, 7]
    assert len(log.lines("trying again")) == 20


async def test_what_the_exchange_refuses_is_lost_and_told(reporter: Reporter, log: ReadableLog) -> None:
    ledger = FakeLedger()
    backfill = FakeBackfill(errors=[BackfillRefusedError("no such market")])
    async with scene(reporter, backfill, ledger=ledger) as the:
        await the.receive("5", "8")
        assert await the.ids(2) == [5, 8]
        assert the.events.events == [
            TradesGapDetected(
                occurred_at=1_700_000_000_000_000, exchange="binance", symbol=BTC, first_trade_id=6, last_trade_id=7
            )
        ]
    assert ledger.told == [("began", BTC, 4, 4), ("lost", BTC, 6, 7)]
    assert (reporter.tally.gaps, reporter.tally.missing) == (1, 2)
    assert log.lines("no such market")


async def test_what_the_exchange_does_not_have_is_lost_after_some_tries(reporter: Reporter) -> None:
    async with scene(reporter, past(7)) as the:
        await the.receive("5", "8")
        assert await the.ids(3) == [5, 7, 8]
        assert reporter.tally.missing == 1
    assert len(the.backfill.asked) == QUICK.tries


async def test_trades_of_reader_and_filler_keep_their_order_through_a_full_queue(reporter: Reporter) -> None:
    async with scene(reporter, past(*range(2, 500)), queue_size=1) as the:

        async def read() -> None:
            for number in range(501, 1_000):
                if not the.recovery.pass_on(a_line(number)):
                    await the.recovery.trade(a_line(number))

        await the.receive("1", "500")
        while not the.recovery.blocked:  # noqa: ASYNC110  (by the filler; there is no event)
            await asyncio.sleep(0)
        reading = asyncio.create_task(read())
        assert await the.ids(999) == list(range(1, 1_000))
        await reading


class SloppyBackfill(FakeBackfill):
    """Has something that is no trade before the trades."""

    async def fetch(self, gap: Gap) -> Sequence[TradeLine | Refusal]:
        """See `Backfill.fetch`."""
        return [Refusal(Reason.AMOUNT, "not a number"), *await super().fetch(gap)]


async def test_what_is_no_trade_in_an_answer_is_told_and_costs_no_other(reporter: Reporter, log: ReadableLog) -> None:
    async with scene(reporter, SloppyBackfill([a_line(6), a_line(7)])) as the:
        await the.receive("5", "8")
        assert await the.ids(4) == [5, 6, 7, 8]
    assert reporter.tally.refused == {Reason.AMOUNT: 1}
    assert log.lines("not a number")


async def test_the_end_hands_on_what_is_held_and_tells_what_is_missing(reporter: Reporter) -> None:
    backfill = past()
    backfill.answering.clear()
    async with scene(reporter, backfill) as the:
        await the.receive("5", "8")
        await the.recovery.end()
        assert await the.ids(2) == [5, 8]
        assert reporter.tally.missing == 2


async def test_with_durable_cursors_the_end_leaves_the_gap_to_the_next_start(
    reporter: Reporter, log: ReadableLog
) -> None:
    backfill = past()
    backfill.answering.clear()
    async with scene(reporter, backfill, ledger=FakeLedger()) as the:
        await the.receive("5", "8")
        await the.recovery.end()
        assert await the.ids(2) == [5, 8]
    assert reporter.tally.missing == 0
    assert log.lines("the next start fills them")


async def test_numbering_that_restarted_is_reported(reporter: Reporter, log: ReadableLog) -> None:
    ledger = FakeLedger()
    async with scene(reporter, past(), ledger=ledger) as the:
        await the.receive("3000000", "7", "8")
        assert await the.ids(3) == [3_000_000, 7, 8]
    assert reporter.tally.renumbered == 1
    assert ledger.told[-1] == ("began", BTC, 6, 6)
    assert log.lines("restarted the trade ids of this market")


@pytest.mark.parametrize("most", [1, 3, 1000])
async def test_a_gap_larger_than_a_page_is_filled_page_by_page(reporter: Reporter, most: int) -> None:
    backfill = past(*range(2, 10))
    backfill.most = most
    async with scene(reporter, backfill) as the:
        await the.receive("1", "10")
        assert await the.ids(10) == list(range(1, 11))
    assert backfill.asked[0] == Gap(BTC, 2, min(1 + most, 9))
