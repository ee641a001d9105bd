"""What every connector keeps as a process, between an exchange and a writer on this machine."""

import os
import signal
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from websockets.asyncio.server import ServerConnection

from coattail_runtime.link import LinkServer
from coattail_testing.conformance.stage import expect
from coattail_testing.connector import FakeExchange
from coattail_testing.link import FakeIntake
from coattail_testing.records import a_process

_TRADES = 100
_REFUSED = 2


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """A connector as a process: `module` (`ingest_kraken`), which follows `symbol` by the settings `environment`.

    `frames` makes the frames of the trades with these ids. `speaks_first` says whether it subscribes in words. `unknown_market` is
    a symbol of the settings that the exchange does not have, with the frame that says so.
    """

    module: str
    symbol: str
    environment: Mapping[str, str]
    frames: Callable[[range], Sequence[str]]
    speaks_first: bool = True
    unknown_market: tuple[str, str] | None = None

    def setting(self, name: str) -> str:
        """Return the name of a setting in the environment."""
        return f"{self.module.upper()}_{name}"

    def started(self, exchange: FakeExchange, link_port: int, *flags: str) -> AbstractAsyncContextManager[Process]:
        """Return the process, which ends with the context."""
        where = {
            name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ
        }  # the package may not be installed
        environment = {
            **where,
            self.setting("WS_URL"): exchange.url,
            self.setting("LINK_URL"): f"ws://127.0.0.1:{link_port}",
            self.setting("HEALTH_PORT"): "0",
            **self.environment,
        }
        return a_process(self.module, *flags, environment=environment)

    async def arrived(self, exchange: FakeExchange) -> ServerConnection:
        """Return its connection, subscribed."""
        return await (exchange.subscriber() if self.speaks_first else exchange.arrival())


class ServiceCase(msgspec.Struct, frozen=True):
    """One thing that a process keeps. `play` raises `AssertionError` where it does not."""

    id: str
    play: Callable[[Service], Awaitable[None]]
    needs_unknown_market: bool = False

    def __str__(self) -> str:
        return self.id

    def applies(self, service: Service) -> bool:
        """Whether the exchange says in words that it does not have a market, where the case is about that."""
        return service.unknown_market is not None or not self.needs_unknown_market


async def _forwards(the: Service) -> None:
    intake = FakeIntake(accepting=True)
    async with (
        FakeExchange() as exchange,
        LinkServer("127.0.0.1", 0, intake) as link,
        the.started(exchange, link.port) as process,
    ):
        socket = await the.arrived(exchange)
        for frame in the.frames(range(_TRADES)):
            await socket.send(frame)
        await intake.until(_TRADES)
        output = await _ended(process)
    expect(intake.trade_ids(the.symbol) == list(range(_TRADES)), f"forwarded {intake.trade_ids(the.symbol)}")
    expect(b"every trade is accepted" in output, "the log does not say that every trade is accepted")


async def _unknown_market(the: Service) -> None:
    symbol, frame = the.unknown_market or ("", "")
    intake = FakeIntake(accepting=True)
    async with (
        FakeExchange() as exchange,
        LinkServer("127.0.0.1", 0, intake) as link,
        the.started(exchange, link.port) as process,
    ):
        socket = await the.arrived(exchange)
        for words in (frame, *the.frames(range(7, 8))):
            await socket.send(words)
        await intake.until(1)
        output = await _ended(process)
    expect(intake.trade_ids(the.symbol) == [7], f"forwarded {intake.trade_ids(the.symbol)}")
    lines = [line for line in output.splitlines() if b"the exchange does not serve this market" in line]
    expect(len(lines) == 1 and f'"symbol":"{symbol}"'.encode() in lines[0], f"it logged {lines}")


async def _not_accepted(the: Service) -> None:
    intake = FakeIntake()
    async with (
        FakeExchange() as exchange,
        LinkServer("127.0.0.1", 0, intake) as link,
        the.started(exchange, link.port, "--drain-seconds", "0.2") as process,
    ):
        socket = await the.arrived(exchange)
        for frame in the.frames(range(_TRADES)):
            await socket.send(frame)
        await intake.until(_TRADES)
        process.send_signal(signal.SIGTERM)
        output, _ = await process.communicate()
    expect(process.returncode == 0, f"it ended with {process.returncode}")
    lines = [line for line in output.splitlines() if b"not accepted" in line]
    expect(len(lines) == 1 and f'"not_accepted":{_TRADES}'.encode() in lines[0], f"it logged {lines}")


async def _no_cursors(the: Service) -> None:
    name = f"{the.module.removeprefix('ingest_')}.json"
    with TemporaryDirectory() as folder:
        (Path(folder) / name).write_text("{")
        async with FakeExchange() as exchange, the.started(exchange, 9, "--cursors", f"file:{folder}") as process:
            await _refused(process, f"{name} holds no cursors", the.setting("CURSORS"))


async def _port_in_use(the: Service) -> None:
    async with FakeExchange() as exchange:
        port = exchange.url.rpartition(":")[2]
        async with the.started(exchange, 9, "--health-port", port) as process:
            await _refused(process, f"port {port} on 127.0.0.1 is in use", the.setting("HEALTH_PORT"))


async def _no_token(the: Service) -> None:
    async with (
        FakeExchange() as exchange,
        LinkServer("127.0.0.1", 0, FakeIntake(), token="secret") as link,  # noqa: S106  (of a test)
        the.started(exchange, link.port) as process,
    ):
        await _refused(process, "token", the.setting("LINK_TOKEN"))


async def _ended(process: Process) -> bytes:
    """End it and see that it ended well. Returns what it logged."""
    process.send_signal(signal.SIGTERM)
    output, errors = await process.communicate()
    expect((process.returncode, errors) == (0, b""), f"it ended with {process.returncode} and {errors!r}")
    return output


async def _refused(process: Process, *words: str) -> None:
    """See that it ended by itself with one line that has these words."""
    _, errors = await process.communicate()
    lines = errors.decode().splitlines()
    expect(process.returncode == _REFUSED and len(lines) == 1, f"it ended with {process.returncode} and {lines}")
    expect(all(word in lines[0] for word in words), f"{lines[0]!r} does not say {' and '.join(words)}")


FORWARDS = ServiceCase("forwards-and-ends-when-all-is-accepted", _forwards)
SERVICE_CASES = (
    FORWARDS,
    ServiceCase("an-unknown-market-ends-no-other", _unknown_market, needs_unknown_market=True),
    ServiceCase("counts-what-is-not-accepted-in-time", _not_accepted),
    ServiceCase("cursors-that-are-none-are-one-line", _no_cursors),
    ServiceCase("a-health-port-in-use-is-one-line", _port_in_use),
    ServiceCase("a-writer-that-wants-a-token-is-one-line", _no_token),
)
"""Every case, by its id."""
