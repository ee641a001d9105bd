"""The processes of a demo on record, so that those of one that was killed do not disturb the next."""

import contextlib
from pathlib import Path

import msgspec
import psutil

_GRACE_SECONDS = 5.0


class Known(msgspec.Struct, frozen=True):
    """A process: its pid, and when it was started (epoch seconds), by which a later one of the same pid is told apart."""

    pid: int
    started_at: float


class ProcessRecord:
    """The file `path`, which names every process that was started."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: list[Known] = []

    def add(self, pid: int) -> None:
        """Note a process that was just started."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self._known.append(Known(pid, psutil.Process(pid).create_time()))
        self._path.write_bytes(msgspec.json.encode(self._known))

    def clear(self) -> None:
        """All have ended."""
        self._known.clear()
        self._path.unlink(missing_ok=True)


def end_leftovers(path: Path) -> int:
    """End what is on record and still lives; returns how many that were."""
    try:
        known = msgspec.json.decode(path.read_bytes(), type=list[Known])
    except (FileNotFoundError, msgspec.DecodeError):
        return 0
    alive = [process for entry in known if (process := _process(entry)) is not None]
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    for process in psutil.wait_procs(alive, timeout=_GRACE_SECONDS)[1]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    path.unlink(missing_ok=True)
    return len(alive)


def _process(known: Known) -> psutil.Process | None:
    try:
        process = psutil.Process(known.pid)
        return process if abs(process.create_time() - known.started_at) < 1.0 else None
    except psutil.NoSuchProcess:
        return None
