"""A process that is started again whenever it ends, as ECS would.

Each tool says in a subclass what an end means to it: see `Supervisor.ended`.
"""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from coattail_harness.errors import HarnessError

type Say = Callable[[str], None]
"""Takes a line for people."""

_LINE_BYTES: Final = 2**20
_LAST_BYTES: Final = 4096


class Command(msgspec.Struct, frozen=True):
    """What to run: `variables` are added to the environment. One that `announces` itself prints a line once it works."""

    words: tuple[str, ...]
    variables: Mapping[str, str] = {}
    announces: bool = False


class Supervisor:
    """A process of ours. `starts` counts how often it was started; `pid` is that of the present one, None between two.

    `command` is asked at each start, so that the next process may be run another way. Output goes to `log`; where there is
    `hear`, each line of it goes there too. The process does not hear the terminal's Ctrl-C, which is ours.
    """

    def __init__(
        self,
        name: str,
        command: Callable[[], Command],
        log: Path,
        *,
        hear: Callable[[bytes], None] | None = None,
        restart_seconds: float = 1.0,
        stop_seconds: float = 10.0,
    ) -> None:
        """`restart_seconds` lie between two processes; a process that is asked to end has `stop_seconds`."""
        self.name = name
        self.log = log
        self.starts = 0
        self.stop_seconds = stop_seconds
        self.stopping = False
        self._command = command
        self._hear = hear
        self._restart_seconds = restart_seconds
        self._process: Process | None = None
        self._ordered = False

    @property
    def pid(self) -> int | None:
        """The present process."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    def ended(self, code: int, *, ordered: bool) -> None:
        """Take note of an end, `ordered` by us or not. When this raises the process is not started again."""
        if not ordered:
            raise self.failure(code)

    def failure(self, code: int) -> HarnessError:
        """Return the error that says how the process ended, with the last line of its log."""
        last = last_line(self.log) or f"its log is {self.log}"
        return HarnessError(f"{self.name} ended ({exit_text(code)}): {last}")

    def inherited(self) -> Mapping[str, str]:
        """Return the environment that the command's variables are added to."""
        return os.environ

    async def start(self) -> None:
        """Start the process. Raises `OSError` when it cannot be."""
        command, heard = self._command(), self._hear is not None
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command.words,
                stdin=DEVNULL,
                stdout=PIPE if heard or command.announces else log,
                stderr=STDOUT if heard else log,
                env={**self.inherited(), **command.variables},
                limit=_LINE_BYTES,
                start_new_session=True,
            )
        self._ordered = False
        self.starts += 1
        if self.stopping:  # `stop` came meanwhile, and found no process
            self.kill()

    async def announcement(self) -> bytes:
        """Return the first line that a process printed which announces itself. Raises `failure` when it ends without one."""
        if self._process is None or self._process.stdout is None:
            raise HarnessError(f"{self.name} was not started to announce anything")
        line = await self._process.stdout.readline()
        if not line:
            raise self.failure(await self._process.wait())
        return line

    async def keep(self) -> None:
        """Start the process again whenever it ends, until `stop`. Raises what `ended` raises."""
        while self._process is not None:
            if self._hear is not None and self._process.stdout is not None:
                await self._listen(self._process.stdout, self._hear)
            code = await self._process.wait()
            self.ended(code, ordered=self._ordered)
            if not self.stopping:
                await asyncio.sleep(self._restart_seconds)
            if self.stopping:
                return
            await self.start()

    def kill(self) -> bool:
        """End it by SIGKILL, with all that it has started; whether there was a process to kill."""
        return self._end(signal.SIGKILL)

    def abandon(self) -> None:
        """Prepare for `stop` after an error: the run proves nothing, and the process gets no time to end in order."""
        self.kill()

    async def stop(self) -> None:
        """End it by SIGTERM for the last time. When its time is over it is killed, and this raises `TimeoutError`."""
        self.stopping = True
        self._end(signal.SIGTERM)
        if self._process is None:
            return
        try:
            async with asyncio.timeout(self.stop_seconds):
                await self._process.wait()
        finally:
            if self.kill():
                await self._process.wait()

    def _end(self, number: signal.Signals) -> bool:
        process = self._process
        if process is None or process.returncode is not None:
            return False
        self._ordered = True
        with contextlib.suppress(ProcessLookupError):
            if number is signal.SIGKILL:
                # What it started dies with it: a JVM would finish what it was told, and write on while the next one reads.
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
        return True

    async def _listen(self, output: asyncio.StreamReader, hear: Callable[[bytes], None]) -> None:
        with self.log.open("ab", buffering=0) as log:
            while line := await output.readline():
                log.write(line)
                hear(line)


@contextlib.asynccontextmanager
async def kept[S: Supervisor](service: S, group: asyncio.TaskGroup) -> AsyncIterator[S]:
    """Yield the service, running while the context is open. `group` hears when it cannot be kept running."""
    await service.start()
    keeping = group.create_task(service.keep())
    try:
        yield service
    except BaseException:
        service.abandon()
        raise
    finally:
        await service.stop()
        await asyncio.gather(keeping, return_exceptions=True)


def exit_text(code: int) -> str:
    """Return an exit code as people say it."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def last_line(log: Path) -> str:
    """Return the last line of a log that is not empty."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _LAST_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
