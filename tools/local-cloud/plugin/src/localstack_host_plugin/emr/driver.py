"""One attempt of a job: a `spark-submit` process and everything it has started."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import psutil


class Driver:
    """A running driver in a session of its own, so that all of it can be found and ended. `pid` is the JVM's.

    `spark-submit` replaces itself by the JVM, which is thus the leader of the session. PySpark's worker daemon leaves
    the process group but not the session: it is the session that counts.
    """

    _process: subprocess.Popen[bytes] | None = None

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], folder: Path, attempt: int) -> None:
        """Raises `OSError` when the command cannot be started."""
        work = folder / "work"
        work.mkdir(parents=True, exist_ok=True)
        with (
            (folder / f"stdout-{attempt}.log").open("ab") as stdout,
            (folder / f"stderr-{attempt}.log").open("ab") as stderr,
        ):
            process = subprocess.Popen(
                words,
                env=environment,
                cwd=work,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        self._process = process
        self._own(process.pid, process.wait, folder)
        # Written beside and moved in, so that a reader never sees half a number.
        draft = self._pid_file.with_suffix(".part")
        draft.write_text(f"{self.pid}\n")
        draft.replace(self._pid_file)

    @classmethod
    def of_child(cls, pid: int, folder: Path) -> Self:
        """The driver of a child of this process that was started as one in this folder before, and is waited for nowhere else."""
        driver = cls.__new__(cls)
        driver._own(pid, lambda: os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), folder)
        return driver

    def hand_over(self) -> int:
        """Give the process up and return its pid; the caller waits for it."""
        if self._process is not None:
            # One that is collected while it seems to run complains.
            self._process.returncode = 0
        return self.pid

    def _own(self, pid: int, wait: Callable[[], int], folder: Path) -> None:
        self.pid = pid
        self._wait = wait
        self._pid_file = folder / "driver.pid"

    def wait(self) -> int:
        """Waits for the driver's end and ends what it left behind. Returns its exit code, negative for a signal."""
        code = self._wait()
        kill_session(self.pid)
        self._pid_file.unlink(missing_ok=True)
        return code

    def terminate(self) -> None:
        """Asks the process group to end."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Ends the whole session at once."""
        kill_session(self.pid)


def kill_session(leader: int) -> None:
    """End every process of the session that `leader` leads, at once."""
    for pid in psutil.pids():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getsid(pid) == leader:
                os.kill(pid, signal.SIGKILL)


def exit_text(code: int) -> str:
    """An exit code as people say it."""
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


def last_line(log: Path) -> str:
    """The last line of a log that is not empty, at most 300 characters of it."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 8192))
        lines = [line.strip() for line in file.read().decode(errors="replace").splitlines()]
    return next((line[:300] for line in reversed(lines) if line), "")
