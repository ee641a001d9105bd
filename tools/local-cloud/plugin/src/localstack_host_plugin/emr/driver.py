"""One attempt of a job: a `spark-submit` process and everything it has started."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil


class Driver:
    """A running driver in a session of its own, so that all of it can be found and ended. `pid` is the JVM's.

    `spark-submit` replaces itself by the JVM, which is thus the leader of the session. PySpark's worker daemon leaves
    the process group but not the session: it is the session that counts.
    """

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], folder: Path, attempt: int) -> None:
        """Raises `OSError` when the command cannot be started."""
        work = folder / "work"
        work.mkdir(parents=True, exist_ok=True)
        with (
            (folder / f"stdout-{attempt}.log").open("ab") as stdout,
            (folder / f"stderr-{attempt}.log").open("ab") as stderr,
        ):
            self._process = subprocess.Popen(
                words,
                env=environment,
                cwd=work,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        self.pid = self._process.pid
        self._pid_file = folder / "driver.pid"
        # Written beside and moved in, so that a reader never sees half a number.
        draft = self._pid_file.with_suffix(".part")
        draft.write_text(f"{self.pid}\n")
        draft.replace(self._pid_file)

    def wait(self) -> int:
        """Waits for the driver's end and ends what it left behind. Returns its exit code, negative for a signal."""
        code = self._process.wait()
        self._kill_session()
        self._pid_file.unlink(missing_ok=True)
        return code

    def terminate(self) -> None:
        """Asks the process group to end."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Ends the whole session at once."""
        self._kill_session()

    def _kill_session(self) -> None:
        for pid in psutil.pids():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if os.getsid(pid) == self.pid:
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
