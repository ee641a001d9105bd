"""The exchange simulator, as a process of its own, and its control interface from our side."""

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
from exchange_simulator.serve import Ready
from exchange_simulator.simulator import Status
from stream_detectors.ranges import Market

_ENOUGH: Final = "1000000"
"""Seconds between its pings, which are no matter here."""
_STOP_SECONDS: Final = 10.0


class Exchange:
    """A simulator that runs, and what it says it made."""

    def __init__(self, ready: Ready, session: aiohttp.ClientSession) -> None:
        self.ready = ready
        self._session = session

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
            async with self._session.request(method, f"{self.ready.control}/{what}") as answer:
                body = await answer.read()
        except aiohttp.ClientError as error:
            raise ChaosError(f"the simulator does not answer {what}: {error}") from error
        if not answer.ok:
            raise ChaosError(f"the simulator refused {what}: {body.decode(errors='replace')}")
        return body


@contextlib.asynccontextmanager
async def simulated(seed: int, rate: float, log: Path, session: aiohttp.ClientSession) -> AsyncIterator[Exchange]:
    """A simulator of both exchanges, while the context is open. No trades flow yet."""
    words = (sys.executable, "-m", "exchange_simulator", "--seed", str(seed), "--rate", str(rate))
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
        yield Exchange(msgspec.json.decode(line, type=Ready), session)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
