"""Processes that an earlier run has left: found again by their record, and ended."""

import contextlib
from collections.abc import Sequence

import psutil


def living(pid: int, started_at: float) -> psutil.Process | None:
    """Return the process that was started then (epoch seconds); None when it has ended, even where another has its pid now."""
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - started_at) < 1.0
        return process if pid and same and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.NoSuchProcess, ValueError):
        return None


def end(processes: Sequence[psutil.Process], grace_seconds: float) -> None:
    """End them by SIGTERM, and by SIGKILL those that are still there after the grace period."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=grace_seconds)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=grace_seconds)
