import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

import pytest

from exchange_simulator.clock import Clock
from exchange_simulator.engine import State
from exchange_simulator.generator import GeneratedSource
from exchange_simulator.scenario import Scenario
from exchange_simulator.simulator import Simulator

type TwoMarkets = Callable[..., Scenario]


class MovableClock(Clock, Protocol):
    """What these tests need of the clock that ``conftest`` provides."""

    async def advance(self, seconds: float) -> None: ...

    def jump(self, seconds: float) -> None: ...


def simulator(scenario: Scenario, clock: MovableClock, seconds: float | None = None) -> Simulator:
    return Simulator(
        GeneratedSource(scenario), clock=clock, seed=scenario.seed, scenario="test", seconds=seconds, history=100_000
    )


@asynccontextmanager
async def playing(simulated: Simulator) -> AsyncIterator[None]:
    task = asyncio.create_task(simulated.engine.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def ids_and_times(simulated: Simulator, origin_us: int) -> list[list[tuple[int, int]]]:
    return [
        [(trade.trade_id, trade.time_us - origin_us) for trade in feed.history.between(feed.first_trade_id, 10**12)]
        for feed in simulated.feeds
    ]


async def test_nothing_is_emitted_before_the_start(two_markets: TwoMarkets, clock: MovableClock) -> None:
    simulated = simulator(two_markets(), clock)
    async with playing(simulated):
        await clock.advance(5)
        assert simulated.status().sent == 0
        assert simulated.status().state is State.IDLE


async def test_every_market_has_a_trade_from_before_that_is_not_counted(
    two_markets: TwoMarkets, clock: MovableClock
) -> None:
    simulated = simulator(two_markets(), clock)
    assert len(simulated.feeds) == 2
    for feed in simulated.feeds:
        assert feed.latest is not None
        assert feed.latest.time_us < clock.now_us()
        assert (len(feed.history), feed.sent) == (1, 0)


async def test_the_pace_of_the_clock_does_not_change_the_sequence(two_markets: TwoMarkets, clock: MovableClock) -> None:
    origin = clock.now_us()
    steady, held_up = simulator(two_markets(), clock), simulator(two_markets(), clock)
    async with playing(steady):
        steady.engine.start()
        await clock.advance(3)
    late = clock.now_us()
    async with playing(held_up):
        held_up.engine.start()
        clock.jump(1.7)
        await clock.advance(0.003)
        clock.jump(0.9)
        await clock.advance(0.397)
    assert steady.engine.seconds == held_up.engine.seconds == 3.0
    assert ids_and_times(steady, origin) == ids_and_times(held_up, late)


async def test_a_stop_leaves_the_time_line_where_it_stood(two_markets: TwoMarkets, clock: MovableClock) -> None:
    simulated = simulator(two_markets(), clock)
    async with playing(simulated):
        simulated.engine.start()
        await clock.advance(1)
        simulated.engine.stop()
        sent = simulated.status().sent
        await clock.advance(10)
        assert simulated.status().sent == sent > 0
        assert simulated.status().state is State.STOPPED
        simulated.engine.start()
        await clock.advance(1)
        assert simulated.engine.seconds == 2.0
    for market in simulated.status().markets:
        assert market.sent == market.last_trade_id - market.first_trade_id + 1


async def test_it_finishes_after_the_seconds_it_was_given(two_markets: TwoMarkets, clock: MovableClock) -> None:
    simulated = simulator(two_markets(), clock, seconds=1.234)
    async with playing(simulated):
        simulated.engine.start()
        await clock.advance(5)
        status = simulated.status()
        assert status.finished
        assert status.seconds == 1.234
        assert status.rate == pytest.approx(400, rel=0.3)
        simulated.engine.start()
        await clock.advance(1)
        assert simulated.status().sent == status.sent


async def test_the_truth_names_each_event_with_its_time(two_markets: TwoMarkets, clock: MovableClock) -> None:
    origin = clock.now_us()
    simulated = simulator(two_markets(event_period=0.5), clock)
    async with playing(simulated):
        simulated.engine.start()
        await clock.advance(4)
    events = simulated.truth().events
    assert {event.alert_type.value for event in events} == {"whale_trade", "whale_sweep"}
    assert len(events) >= 6
    for event in events:
        assert origin < event.trade_time <= event.sent_at <= event.trade_time + 20_000
