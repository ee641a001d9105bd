"""A process that is started again whenever it ends, as ECS would."""

import asyncio
import contextlib
import os
import signal
import subprocess
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from coattail_chaos.errors import ChaosError
from coattail_chaos.waiting import until

_AGAIN_SECONDS: Final = 0.2
_UP_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 40.0
_LINE_BYTES: Final = 2**20
_MOST_OF_AN_ERROR: Final = 300
_ANNOUNCEMENTS: Final = ("serving", "started")


class Command(msgspec.Struct, frozen=True):
    """What to run. `variables` are the environment that is added to ours."""

    words: tuple[str, ...]
    variables: Mapping[str, str] = {}


class Announcement(msgspec.Struct, frozen=True):
    """The line of its log with which a service says where it listens. Other lines have other messages, and may be of an error."""

    message: str = ""
    level: str = ""
    error: Any = None
    link_port: int | None = None
    health_port: int | None = None


class Service:
    """A service. `command` is asked at each start, so that the next process may be run another way.

    `crashes` are the ends nobody ordered; `said` counts the lines of its log by their message.
    """

    def __init__(
        self, name: str, command: Callable[[], Command], log: Path, *, stop_seconds: float = _STOP_SECONDS
    ) -> None:
        """`stop_seconds`: how long it may take to end when it is asked to."""
        self.name = name
        self.said: Counter[str] = Counter()
        self.starts = 0
        self.crashes: list[str] = []
        self.announced: Announcement | None = None
        """What the present process said when it was ready to work; `None` until then."""
        self._command = command
        self._log = log
        self._process: Process | None = None
        self._ordered = False
        self._stopping = False
        self._stop_seconds = stop_seconds
        self._last_line = ""
        self._last_error = ""

    @property
    def pid(self) -> int | None:
        """The present process."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def up(self) -> None:
        """Wait until it works. Raises `ChaosError` when it does not."""
        await until(lambda: self.announced is not None, f"{self.name} works; its log is {self._log}", _UP_SECONDS)

    def kill(self) -> bool:
        """SIGKILL; whether there was a process to kill."""
        return self._end(signal.SIGKILL)

    async def replace(self) -> None:
        """SIGTERM, and wait for the next process to work."""
        before = self.starts
        if self._end(signal.SIGTERM):
            await until(lambda: self.starts > before, f"{self.name} ended; its log is {self._log}", self._stop_seconds)
        await self.up()

    async def stop(self) -> None:
        """SIGTERM for the last time."""
        self._stopping = True
        self._end(signal.SIGTERM)
        process = self._process
        if process is None:
            return
        try:
            async with asyncio.timeout(self._stop_seconds):
                await process.wait()
        except BaseException:
            self._end(signal.SIGKILL)
            raise

    async def keep(self) -> None:
        """Run it until it is stopped. Raises `ChaosError` when it cannot be started."""
        while not self._stopping:
            self._ordered = False
            command = self._command()
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *command.words,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    env={**_clean_environment(), **command.variables},
                    limit=_LINE_BYTES,
                    start_new_session=True,
                )
            except OSError as error:
                raise ChaosError(f"{self.name} cannot be started: {error}") from error
            self.starts += 1
            self._last_error = ""
            await self._listen(self._process)
            code = await self._process.wait()
            self.announced = None
            if not self._ordered:
                self.crashes.append(f"{self.name} ended with {code}: {self._last_error or self._last_line}")
                if len(self.crashes) >= _UNBEARABLE:
                    raise ChaosError(f"{self.crashes[-1]}; its log is {self._log}")
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _listen(self, process: Process) -> None:
        """Keep what it says, until it ends."""
        if process.stdout is None:
            return
        with self._log.open("ab", buffering=0) as log:
            while line := await process.stdout.readline():
                log.write(line)
                self._hear(line)

    def _hear(self, line: bytes) -> None:
        try:
            said = msgspec.json.decode(line, type=Announcement)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._last_line = line.decode(errors="replace").strip() or self._last_line
            return
        if said.message:
            self.said[said.message] += 1
            self._last_line = said.message
        if said.level == "ERROR":
            self._last_error = " ".join(f"{said.message}: {said.error}".split())[:_MOST_OF_AN_ERROR]
        if said.message in _ANNOUNCEMENTS and said.health_port:
            self.announced = said

    def _end(self, number: signal.Signals) -> bool:
        process = self._process
        if process is None or process.returncode is not None:
            return False
        self._ordered = True
        self.announced = None
        with contextlib.suppress(ProcessLookupError):
            if number is signal.SIGKILL:
                # What it started dies with it: a JVM would finish what it was told, and write on while the next one reads.
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
        return True


_UNBEARABLE: Final = 10
"""Crashes after which a service is not started again."""


@contextlib.asynccontextmanager
async def kept(service: Service, group: asyncio.TaskGroup) -> AsyncIterator[Service]:
    """The service, running while the context is open. `group` hears when it cannot be kept running."""
    keeping = group.create_task(service.keep())
    try:
        yield service
    except BaseException:
        service.kill()
        raise
    finally:
        await service.stop()
        await asyncio.gather(keeping, return_exceptions=True)


def _clean_environment() -> dict[str, str]:
    """Ours, without the settings of services that it may hold."""
    prefixes = ("INGEST_", "KINESIS_WRITER_", "EXCHANGE_SIMULATOR_", "STREAM_DETECTORS_", "AWS_")
    return {name: value for name, value in os.environ.items() if name != "SYMBOLS" and not name.startswith(prefixes)}
