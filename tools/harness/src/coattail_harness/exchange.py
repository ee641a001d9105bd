"""The exchange simulator: how it is started, and its control interface from the caller's side."""

import contextlib
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import aiohttp
import msgspec

from coattail_harness.errors import HarnessError
from coattail_harness.processes import Command, Supervisor
from exchange_simulator.control import TimesSent, TradesAsked
from exchange_simulator.model import Venue
from exchange_simulator.ready import Ready
from exchange_simulator.simulator import Status
from exchange_simulator.truth import Truth

NAME: Final = "exchange-simulator"
_ASKED_AT_ONCE: Final = 10_000


class TradeKey(msgspec.Struct, frozen=True):
    """A trade's identity at its exchange."""

    exchange: str
    symbol: str
    trade_id: int


class Addresses(msgspec.Struct, frozen=True):
    """Where a simulated exchange is found."""

    ws_url: str
    rest_url: str


class SimulatorClient:
    """The control interface of a running simulator. Raises `HarnessError` when it does not answer or refuses."""

    def __init__(self, ready: Ready, session: aiohttp.ClientSession) -> None:
        self.ready = ready
        self._session = session

    def addresses(self, exchange: str) -> Addresses:
        """Return where one of the exchanges is found that it simulates."""
        return Addresses(self.ready.address(exchange, "ws"), self.ready.address(exchange, "rest"))

    async def start(self) -> None:
        """Let trades flow, from where they stopped."""
        await self._post("start", b"")

    async def stop(self) -> Status:
        """Let no more trades flow; what was sent is final then."""
        return msgspec.json.decode(await self._post("stop", b""), type=Status)

    async def status(self) -> Status:
        """Return how the simulation stands."""
        return msgspec.json.decode(await self._answer("GET", "status"), type=Status)

    async def truth(self) -> Truth:
        """Return the injected events so far, and what was sent."""
        return msgspec.json.decode(await self._answer("GET", "truth"), type=Truth)

    async def sent_at(self, trades: Sequence[TradeKey]) -> list[int | None]:
        """Return when each trade was first written to a socket (UTC µs); None for one that the simulator does not know."""
        times: list[int | None] = []
        for start in range(0, len(trades), _ASKED_AT_ONCE):
            part = trades[start : start + _ASKED_AT_ONCE]
            asked = TradesAsked([(Venue(one.exchange), one.symbol, one.trade_id) for one in part])
            answer = await self._post("sent_at", msgspec.json.encode(asked))
            times += msgspec.json.decode(answer, type=TimesSent).sent_at
        return times

    async def _post(self, what: str, body: bytes) -> bytes:
        return await self._answer("POST", what, body)

    async def _answer(self, method: str, what: str, body: bytes | None = None) -> bytes:
        try:
            async with self._session.request(method, f"{self.ready.control}/{what}", data=body) as response:
                answer = await response.read()
        except aiohttp.ClientError as error:
            raise HarnessError(f"the simulator does not answer {what}: {error}") from error
        if not response.ok:
            raise HarnessError(f"the simulator refused {what}: {answer.decode(errors='replace')}")
        return answer


def words(*flags: str) -> tuple[str, ...]:
    """Return the command line of a simulator."""
    return (sys.executable, "-m", "exchange_simulator", *flags)


@contextlib.asynccontextmanager
async def client(service: Supervisor) -> AsyncIterator[SimulatorClient]:
    """Yield the client of a simulator that `service` has just started. Raises its failure when it ends at once."""
    ready = Ready.read(await service.announcement())
    async with aiohttp.ClientSession() as session:
        yield SimulatorClient(ready, session)


@contextlib.asynccontextmanager
async def simulated(log: Path, *flags: str) -> AsyncIterator[SimulatorClient]:
    """Yield the client of a simulator that runs while the context is open. No trades flow yet."""
    service = Supervisor(NAME, lambda: Command(words(*flags), announces=True), log)
    await service.start()
    try:
        async with client(service) as control:
            yield control
    finally:
        with contextlib.suppress(TimeoutError):
            await service.stop()
