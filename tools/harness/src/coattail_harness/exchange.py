"""The exchange simulator: how it is started, and its control interface from the caller's side."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import aiohttp
import msgspec

from coattail_demo.errors import DemoError
from coattail_demo.layout import Layout
from coattail_demo.options import Options
from coattail_demo.processes import Command
from exchange_simulator.control import TimesSent, TradesAsked
from exchange_simulator.model import Venue
from exchange_simulator.serve import Ready
from exchange_simulator.simulator import Status
from exchange_simulator.truth import Truth

NAME: Final = "exchange-simulator"
_ASKED_AT_ONCE: Final = 10_000


def scenario_file(options: Options, layout: Layout) -> Path | None:
    """The file that says what is generated; None for a replay."""
    return options.scenario or (layout.demo_scenario if options.generates else None)


def command(options: Options, layout: Layout, port: int, scenario: Path | None) -> Command:
    """The simulator's command line."""
    given = {
        "--seconds": options.duration,
        "--seed": options.seed,
        "--rate": options.rate,
        "--scenario": scenario,
        "--exchange": options.exchange,
        "--speed": options.speed if options.replay else None,
    }
    flags = [word for flag, value in given.items() if value is not None for word in (flag, str(value))]
    recordings = [word for path in options.replay for word in ("--replay", str(path))]
    return Command(
        name=NAME,
        words=(
            *(str(layout.python), "-m", "exchange_simulator", "--json-logs", "--port", str(port)),
            *(*flags, *recordings),
        ),
        log=layout.logs / f"{NAME}.log",
        announces=True,
        restarts=False,
    )


class TradeKey(msgspec.Struct, frozen=True):
    """A trade's identity at its exchange."""

    exchange: str
    symbol: str
    trade_id: int


class SimulatorClient:
    """The control interface of a running simulator."""

    def __init__(self, ready: Ready) -> None:
        self.addresses = ready
        self._session = aiohttp.ClientSession()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def start(self) -> None:
        """Let trades flow."""
        await self._post("start", b"")

    async def stop(self) -> Status:
        """Let no more trades flow; what was sent is final then."""
        return msgspec.json.decode(await self._post("stop", b""), type=Status)

    async def status(self) -> Status:
        """How the simulation stands."""
        return msgspec.json.decode(await self._get("status"), type=Status)

    async def truth(self) -> Truth:
        """The injected events so far, and what was sent."""
        return msgspec.json.decode(await self._get("truth"), type=Truth)

    async def sent_at(self, trades: Sequence[TradeKey]) -> list[int | None]:
        """When each trade was first written to a socket (UTC µs); None for one it does not know."""
        times: list[int | None] = []
        for start in range(0, len(trades), _ASKED_AT_ONCE):
            part = trades[start : start + _ASKED_AT_ONCE]
            asked = TradesAsked([(Venue(one.exchange), one.symbol, one.trade_id) for one in part])
            answer = await self._post("sent_at", msgspec.json.encode(asked))
            times += msgspec.json.decode(answer, type=TimesSent).sent_at
        return times

    async def _get(self, what: str) -> bytes:
        return await self._answer("GET", what, None)

    async def _post(self, what: str, body: bytes) -> bytes:
        return await self._answer("POST", what, body)

    async def _answer(self, method: str, what: str, body: bytes | None) -> bytes:
        try:
            async with self._session.request(method, f"{self.addresses.control}/{what}", data=body) as response:
                answer = await response.read()
        except aiohttp.ClientError as error:
            raise DemoError(f"the simulator does not answer {what}: {error}") from error
        if not response.ok:
            raise DemoError(f"the simulator refused {what}: {answer.decode(errors='replace')}")
        return answer
