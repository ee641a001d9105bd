import asyncio

import pytest

from coattail_connector import Delivery, run
from coattail_connector.process.running import run_together
from coattail_runtime.sink import TradeQueue
from coattail_testing.connector import FakeConnector, FakeSink
from coattail_testing.records import a_trade

TRADES = [a_trade(number) for number in range(20)]


async def test_everything_is_accepted_before_it_ends() -> None:
    stop, sink = asyncio.Event(), FakeSink()
    running = asyncio.create_task(run(FakeConnector(TRADES), sink, stop=stop, queue_size=3))
    await sink.until(1)
    stop.set()
    assert await running == Delivery(complete=True, queued=0)
    assert sink.trades == TRADES


async def test_a_sink_that_takes_nothing_more_ends_it_after_the_time_that_is_allowed() -> None:
    stop, sink = asyncio.Event(), FakeSink()
    sink.taking.clear()
    running = asyncio.create_task(run(FakeConnector(TRADES), sink, stop=stop, queue_size=3, drain_seconds=0.01))
    stop.set()
    assert await running == Delivery(complete=False, queued=3)


async def test_a_connector_that_fails_still_has_its_trades_accepted() -> None:
    sink = FakeSink()
    with pytest.raises(RuntimeError, match="delisted"):
        await run(FakeConnector(TRADES, RuntimeError("delisted")), sink, stop=asyncio.Event())
    assert sink.trades == TRADES


async def test_a_connector_that_fails_is_reported_though_its_trades_are_not_accepted_in_time() -> None:
    sink = FakeSink()
    sink.taking.clear()
    with pytest.raises(RuntimeError, match="delisted"):
        await run(FakeConnector(TRADES[:1], RuntimeError("delisted")), sink, stop=asyncio.Event(), drain_seconds=0.01)


class FailingSink:
    """A sink that takes one trade and fails."""

    async def drain(self, queue: TradeQueue) -> None:
        await queue.get()
        message = "wrong token"
        raise PermissionError(message)


async def test_a_sink_that_fails_ends_a_connector_that_waits_for_room() -> None:
    with pytest.raises(PermissionError, match="wrong token"):
        await run(FakeConnector(TRADES), FailingSink(), stop=asyncio.Event(), queue_size=1)


async def test_a_sink_that_fails_ends_a_connector_that_waits_for_trades() -> None:
    with pytest.raises(PermissionError, match="wrong token"):
        await run(FakeConnector(TRADES[:1]), FailingSink(), stop=asyncio.Event())


OTHERS = [a_trade(number, symbol="ETH-USDT") for number in range(20)]


async def test_run_together_has_every_trade_of_all_accepted() -> None:
    stop, sink = asyncio.Event(), FakeSink()
    connectors = [FakeConnector(TRADES), FakeConnector(OTHERS)]
    running = asyncio.create_task(run_together(connectors, sink, stop=stop, queue_size=3))
    await sink.until(1)
    stop.set()
    assert await running == Delivery(complete=True, queued=0)
    assert [trade for trade in sink.trades if trade.symbol == "BTC-USDT"] == TRADES
    assert [trade for trade in sink.trades if trade.symbol == "ETH-USDT"] == OTHERS


async def test_run_together_ends_all_when_one_fails() -> None:
    sink = FakeSink()
    connectors = [FakeConnector(TRADES), FakeConnector(OTHERS, RuntimeError("delisted"))]
    with pytest.raises(RuntimeError, match="delisted"):
        await run_together(connectors, sink, stop=asyncio.Event())
    assert len(sink.trades) == len(TRADES) + len(OTHERS)


async def test_run_together_shuts_down_all_though_one_cannot() -> None:
    class Stubborn(FakeConnector):
        async def shutdown(self) -> None:
            await super().shutdown()
            raise OSError("no way to say goodbye")

    stop, sink = asyncio.Event(), FakeSink()
    stop.set()
    with pytest.raises(OSError, match="goodbye"):
        await run_together([Stubborn(TRADES), FakeConnector(OTHERS)], sink, stop=stop)
    assert len(sink.trades) == len(TRADES) + len(OTHERS)
