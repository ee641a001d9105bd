"""What the tests share: a clock they move, and a simulator on a real socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import msgspec
import pytest
from aiohttp import web

from exchange_simulator.app import Limits, build_app
from exchange_simulator.clock import Clock, SystemClock
from exchange_simulator.generator import GeneratedSource
from exchange_simulator.model import Venue
from exchange_simulator.scenario import MarketPlan, Scenario
from exchange_simulator.simulator import Simulator
from exchange_simulator.source import Source


class FakeClock:
    """A clock that stands still until the test moves it; it wakes the waiting tasks in order."""

    def __init__(self, start_us: int = 1_790_000_000_000_000) -> None:
        self._now = start_us
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    def now_us(self) -> int:
        return self._now

    async def wait(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._now + max(1, round(seconds * 1e6)), woken))
        await woken

    async def advance(self, seconds: float) -> None:
        """Move on, stopping at each time somebody waits for; everyone woken runs until it waits again."""
        end = self._now + round(seconds * 1e6)
        await self._settle()
        while due := [at for at, _ in self._waiting if at <= end]:
            self._now = min(due)
            ready = [woken for at, woken in self._waiting if at <= self._now]
            self._waiting = [(at, woken) for at, woken in self._waiting if at > self._now]
            for woken in ready:
                if not woken.done():
                    woken.set_result(None)
            await self._settle()
        self._now = end

    def jump(self, seconds: float) -> None:
        """Let time pass while nobody runs, as when the process was held up."""
        self._now += round(seconds * 1e6)

    async def _settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def two_markets(**changes: object) -> Scenario:
    """One market at each venue, lively, with no events unless asked for."""
    plain = Scenario(
        seed=7,
        rate=400.0,
        event_period=0.0,
        markets=(
            MarketPlan(exchange=Venue.BINANCE, symbol="BTC-USDT", price=61_800.0),
            MarketPlan(exchange=Venue.COINBASE, symbol="BTC-USD", price=61_800.0),
        ),
    )
    return msgspec.structs.replace(plain, **changes)


@pytest.fixture(name="two_markets")
def _two_markets() -> Callable[..., Scenario]:
    return two_markets


class Served:
    """A simulator that listens, and a client session to reach it with."""

    def __init__(self, simulator: Simulator, url: str, client: aiohttp.ClientSession) -> None:
        self.simulator = simulator
        self.url = url
        self.client = client

    @property
    def binance(self) -> str:
        return f"{self.url}/binance"

    @property
    def coinbase(self) -> str:
        return f"{self.url}/coinbase"

    @property
    def kraken(self) -> str:
        return f"{self.url}/kraken"

    async def misbehave(self, **order: object) -> None:
        async with self.client.post(f"{self.url}/control/misbehave", json=order) as reply:
            assert reply.status == 200, await reply.text()


type Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve a scenario or a source on a free port of this machine."""
    runners: list[web.AppRunner] = []
    async with aiohttp.ClientSession() as client:

        async def start(
            source: Scenario | Source | None = None,
            *,
            limits: Limits | None = None,
            clock: Clock | None = None,
            speed: float = 1.0,
            seconds: float | None = None,
            is_running: bool = True,
        ) -> Served:
            source = two_markets() if source is None else source
            simulator = Simulator(
                GeneratedSource(source) if isinstance(source, Scenario) else source,
                clock=clock or SystemClock(),
                seed=7,
                scenario="test",
                speed=speed,
                seconds=seconds,
                misbehave=source.misbehave if isinstance(source, Scenario) else (),
            )
            runner = web.AppRunner(build_app(simulator, limits or {}), access_log=None)
            await runner.setup()
            runners.append(runner)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            if is_running:
                simulator.engine.start()
            return Served(simulator, f"http://127.0.0.1:{runner.addresses[0][1]}", client)

        yield start
        for runner in runners:
            await runner.cleanup()
