"""The demo's own processes: started, started again when they die, as ECS would, and ended in order."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from coattail_demo.errors import ConfigurationError, DemoError
from coattail_demo.leftovers import ProcessRecord

type Say = Callable[[str], None]
"""Takes a line for people."""

CONFIGURATION_EXIT: Final = 2
"""What our processes exit with when they are configured wrongly: starting them again would not help."""
_RESTART_SECONDS: Final = 1.0
_IMPATIENT_SECONDS: Final = 5.0
_TOLERATED_RESTARTS: Final = 10
_LAST_BYTES: Final = 4096


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What to run. `variables` are added to the environment; `log` takes its output; `announces` for one that tells
    its addresses in the first line of its standard output.
    """

    name: str
    words: tuple[str, ...]
    log: Path
    variables: Mapping[str, str] = {}
    announces: bool = False
    restarts: bool = True


class Service:
    """A process of ours. It counts its `restarts`; `pid` is that of the present process, None between two."""

    def __init__(self, command: Command, record: ProcessRecord, say: Say) -> None:
        self.command = command
        self.restarts = 0
        self._record = record
        self._say = say
        self._process: Process | None = None
        self._stopping = asyncio.Event()

    @property
    def name(self) -> str:
        """The service's name."""
        return self.command.name

    @property
    def pid(self) -> int | None:
        """The present process."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def start(self) -> None:
        """Start the process. Its output goes to the log; it does not hear the terminal's Ctrl-C, which is the demo's."""
        command = self.command
        command.log.parent.mkdir(parents=True, exist_ok=True)
        with command.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command.words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE if command.announces else log,
                stderr=log,
                env={**os.environ, **command.variables},
                start_new_session=True,
            )
        self._record.add(self._process.pid)

    async def announced(self) -> bytes:
        """The first line of its standard output. Raises `DemoError` when the process ends without one."""
        process = self._process
        if process is None or process.stdout is None:
            raise DemoError(f"{self.name} was not started to announce anything")
        line = await process.stdout.readline()
        if not line:
            raise self._failure(await process.wait())
        return line

    async def keep(self) -> None:
        """Start the process again whenever it dies, until `stop`. Raises `DemoError` when that does not help."""
        while self._process is not None and not self._stopping.is_set():
            code = await self._process.wait()
            if self._stopping.is_set():
                return
            if code == CONFIGURATION_EXIT or not self.command.restarts or self.restarts >= _TOLERATED_RESTARTS:
                raise self._failure(code)
            self.restarts += 1
            self._say(f"{self.name} died ({exit_text(code)}); starting it again")
            await asyncio.sleep(_RESTART_SECONDS)
            if not self._stopping.is_set():
                await self.start()

    async def stop(self, grace: float) -> None:
        """SIGTERM, and SIGKILL to all it started when it has not ended after `grace` seconds."""
        self._stopping.set()
        if self._process is None or self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(grace):
                await self._process.wait()
        except TimeoutError:
            self._say(f"{self.name} did not end within {grace:.0f} s and was killed; its log is {self.command.log}")
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    def _failure(self, code: int) -> DemoError:
        kind = ConfigurationError if code == CONFIGURATION_EXIT else DemoError
        last = last_line(self.command.log) or f"its log is {self.command.log}"
        return kind(f"{self.name} ended ({exit_text(code)}): {last}")


@contextlib.asynccontextmanager
async def running(
    command: Command, group: asyncio.TaskGroup, record: ProcessRecord, say: Say, *, grace: float = 35
) -> AsyncIterator[Service]:
    """A service that runs while the context is open. `group` learns of its failure; `grace` is in seconds.

    When the context ends by an error or an interruption, nothing will be proved and the service is not waited for long.
    """
    service = Service(command, record, say)
    await service.start()
    keeping = group.create_task(service.keep())
    try:
        yield service
    except BaseException:
        grace = min(grace, _IMPATIENT_SECONDS)
        raise
    finally:
        await service.stop(grace)
        keeping.cancel()


def exit_text(code: int) -> str:
    """An exit code as people say it."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def last_line(log: Path) -> str:
    """The last line of a log that is not empty."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _LAST_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
