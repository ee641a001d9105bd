"""The exchange simulator, as a process of its own, its markets, and its control interface from our side."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import aiohttp
import msgspec

from coattail_chaos.errors import ChaosError
from coattail_chaos.verdict import Sent
from coattail_common import venues
from coattail_common.ids import Market
from coattail_common.venues import TooOften
from exchange_simulator import model
from exchange_simulator.ready import Ready
from exchange_simulator.scenario import MarketPlan, Scenario
from exchange_simulator.simulator import Status

_ENOUGH: Final = "1000000"
"""Seconds between its pings, which are no matter here."""
_STOP_SECONDS: Final = 10.0
_PRICES: Final = {"BTC": 61_800.0, "ETH": 2_680.0}

EXCHANGES: Final = tuple(venue.name for venue in venues.installed())
MARKETS: Final = tuple(
    MarketPlan(
        exchange=model.Venue(venue.name), symbol=symbol, price=_PRICES[symbol.partition("-")[0]], share=venue.share
    )
    for venue in venues.installed()
    for symbol in venue.symbols
    if symbol.partition("-")[0] in _PRICES
)
"""Two for each exchange, of the same size, so that writers between which they divide have as much to do. Those of Coinbase and
Kraken have the same symbols, and so the same partition keys.
"""


class Venue(msgspec.Struct, frozen=True):
    """Where an exchange is found, and how it says that it was asked too often."""

    exchange: str
    ws_url: str
    rest_url: str
    limited: TooOften = TooOften()


class Exchange:
    """A simulator that runs, and what it says it made."""

    def __init__(self, ready: Ready, session: aiohttp.ClientSession) -> None:
        self._ready = ready
        self._session = session

    def venue(self, exchange: str) -> Venue:
        """One of the exchanges that it simulates."""
        ready = self._ready
        limited = venues.find(exchange).too_often
        return Venue(exchange, ready.address(exchange, "ws"), ready.address(exchange, "rest"), limited)

    async def start(self) -> None:
        """Let trades flow, from where they stopped."""
        await self._ask("POST", "start")

    async def stop(self) -> None:
        """Let none flow."""
        await self._ask("POST", "stop")

    async def sent(self) -> Sequence[Sent]:
        """The trades of each market so far."""
        status = msgspec.json.decode(await self._ask("GET", "status"), type=Status)
        return [
            Sent(Market(market.exchange.value, market.symbol), market.first_trade_id, market.last_trade_id)
            for market in status.markets
        ]

    async def subscribed(self) -> bool:
        """Whether somebody listens to every market."""
        status = msgspec.json.decode(await self._ask("GET", "status"), type=Status)
        return len(status.subscribed_markets) == len(status.markets)

    async def _ask(self, method: str, what: str) -> bytes:
        try:
            async with self._session.request(method, f"{self._ready.control}/{what}") as answer:
                body = await answer.read()
        except aiohttp.ClientError as error:
            raise ChaosError(f"the simulator does not answer {what}: {error}") from error
        if not answer.ok:
            raise ChaosError(f"the simulator refused {what}: {body.decode(errors='replace')}")
        return body


def scenario(seed: int, rate: float, exchanges: Sequence[str]) -> Scenario:
    """The markets of these exchanges, with so many trades a second together."""
    markets = tuple(plan for plan in MARKETS if plan.exchange.value in exchanges)
    return Scenario(seed=seed, rate=rate, markets=markets)


@contextlib.asynccontextmanager
async def simulated(scenario: Scenario, folder: Path, session: aiohttp.ClientSession) -> AsyncIterator[Exchange]:
    """A simulator of the scenario's markets, while the context is open. No trades flow yet."""
    file, log = folder / "scenario.yaml", folder / "logs" / "simulator.log"
    file.write_bytes(msgspec.json.encode(scenario))  # JSON is YAML
    words = (sys.executable, "-m", "exchange_simulator", "--scenario", str(file))
    limits = ("--binance-ping-interval", _ENOUGH, "--history", "2000000")
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *words, *limits, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
        )
    try:
        assert process.stdout is not None  # noqa: S101  (it is a pipe)
        line = await process.stdout.readline()
        if not line:
            raise ChaosError(f"the simulator did not start; its log is {log}")
        yield Exchange(Ready.read(line), session)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
