"""Playing a time line against the clock: what is due is published, in small slots, and never skipped."""

import asyncio
from collections.abc import Mapping, Sequence
from enum import StrEnum

from exchange_simulator.clock import Clock
from exchange_simulator.exchange import Exchange
from exchange_simulator.exchange_clock import ExchangeClock
from exchange_simulator.feed import Feed
from exchange_simulator.log import LOGGER
from exchange_simulator.misbehaviour import PlannedMisbehaviour
from exchange_simulator.model import Market, Venue
from exchange_simulator.source import Source
from exchange_simulator.truth import TruthLog

SLOT_US = 10_000
"""The time line advances in whole slots of this length."""

_MOST_SLOTS_AT_ONCE = 50
_UNPACED_STRIDE_US = 50_000


class State(StrEnum):
    """What the engine is doing."""

    IDLE = "idle"
    RUNNING = "running"
    STOPPED = "stopped"
    FINISHED = "finished"


class Engine:
    """Emits a source's trades at ``speed`` times their own pace; speed 0 is as fast as the consumers take them.

    After a delay of the process the time line catches up in larger steps: every trade keeps its own time, and the
    rate since the start stays exact. After a stop the time line goes on where it stopped.
    """

    def __init__(
        self,
        source: Source,
        exchanges: Mapping[Venue, Exchange],
        *,
        clock: Clock,
        exchange_clock: ExchangeClock,
        truth: TruthLog,
        speed: float = 1.0,
        seconds: float | None = None,
        misbehave: Sequence[PlannedMisbehaviour] = (),
    ) -> None:
        self.state = State.IDLE
        self._source = source
        self._exchanges = exchanges
        self._feeds: dict[Market, Feed] = {
            feed.market: feed for exchange in exchanges.values() for feed in exchange.feeds.values()
        }
        self._clock = clock
        self._exchange_clock = exchange_clock
        self._truth = truth
        self._speed = speed
        self._end_us = None if seconds is None else round(seconds * 1e6)
        self._planned = sorted(misbehave, key=lambda order: order.at)
        self._go = asyncio.Event()
        self._position = 0
        self._started_us = 0
        self._started_position = 0

    @property
    def seconds(self) -> float:
        """How far the time line has been played."""
        return self._position / 1e6

    def prepare(self) -> None:
        """Give every market its trade from before the start. Call once, before anybody connects."""
        now = self._clock.now_us()
        for feed in self._feeds.values():
            earlier = self._source.before(feed.market, now)
            if earlier is not None:
                feed.remember(earlier, now)

    def start(self) -> None:
        """Begin or resume emission; nothing happens while running or when finished."""
        if self.state in (State.IDLE, State.STOPPED):
            self.state = State.RUNNING
            self._started_us = self._clock.now_us() // 1000 * 1000
            self._started_position = self._position
            self._go.set()
            LOGGER.info("emission begins at second %.2f of the time line", self.seconds)

    def stop(self) -> None:
        """Stop emitting; a slot is never left half emitted, and the connections stay."""
        if self.state is State.RUNNING:
            self._rest(State.STOPPED)

    async def run(self) -> None:
        """Play until cancelled."""
        while True:
            await self._go.wait()
            await self._clock.wait(await self._advance())

    async def _advance(self) -> float:
        """Publish what is due, and return the seconds until more is."""
        if self._speed == 0:
            return await self._advance_unpaced()
        due = self._started_position + int((self._clock.now_us() - self._started_us) * self._speed)
        until = min(due // SLOT_US * SLOT_US, self._position + _MOST_SLOTS_AT_ONCE * SLOT_US)
        if until > self._position:
            self._publish(until)
        return max(0.0, (self._position + SLOT_US - due) / self._speed / 1e6)

    async def _advance_unpaced(self) -> float:
        following = self._source.next_due()
        self._publish((following if following is not None else self._position) + _UNPACED_STRIDE_US)
        for feed in self._feeds.values():
            for session in feed.subscribers:
                await session.room()
        return 0.0

    def _publish(self, until: int) -> None:
        if self._end_us is not None:
            until = min(until, self._end_us)
        while self._planned and self._planned[0].at * 1e6 <= self._position:
            order = self._planned.pop(0)
            self._exchanges[order.exchange].misbehave(order)
        stretch = self._source.take(until, self._started_us - self._started_position)
        self._position = self._exchange_clock.position_us = until
        now = self._clock.now_us()
        for emission in stretch.emissions:
            self._feeds[emission.market].publish(emission, now)
        for event in stretch.events:
            self._truth.add(event, now)
        self._truth.add_episodes(stretch.episodes)
        if self._source.next_due() is None or until == self._end_us:
            self._rest(State.FINISHED)

    def _rest(self, state: State) -> None:
        self.state = state
        self._go.clear()
        LOGGER.info("emission %s at second %.2f of the time line", state.value, self.seconds)
        now = self._clock.now_us()
        for feed in self._feeds.values():
            feed.flush(now)
