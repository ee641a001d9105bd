"""The processes of a demo on record, so that those of one that was killed do not disturb the next."""

import contextlib
from pathlib import Path

import msgspec
import psutil

from coattail_harness.left_behind import end, living

_GRACE_SECONDS = 5.0


class Known(msgspec.Struct, frozen=True):
    """A process: its pid, and when it was started (epoch seconds), which a later process with the same pid does not share."""

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
    alive = [process for entry in known if (process := living(entry.pid, entry.started_at)) is not None]
    end(alive, _GRACE_SECONDS)
    path.unlink(missing_ok=True)
    return len(alive)
