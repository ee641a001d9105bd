"""The processes of EMR Serverless drivers, as this machine sees them."""

import os
from collections.abc import Callable
from pathlib import Path

import psutil

from coattail_harness.left_behind import end

# The plugin marks every driver with its run's id, which its children inherit.
RUN_MARK = "LOCAL_CLOUD_JOB_RUN_ID"


def driver_pid(jobs: Path, job_run_id: str) -> int | None:
    """The pid of a run's present driver (the JVM); None between two attempts and after the end."""
    try:
        return int((jobs / job_run_id / "driver.pid").read_text())
    except (FileNotFoundError, ValueError):
        return None


def driver_tree(pid: int) -> list[int]:
    """The driver and every process of its session, the driver first: kill them all for a kill -9 of the whole tree."""
    members = [member for member in psutil.pids() if _session(member) == pid]
    return [pid, *(member for member in members if member != pid)]


def leftovers(jobs: Path) -> list[psutil.Process]:
    """Processes of runs under `jobs` that outlived the LocalStack which started them."""
    runs = {folder.name for folder in jobs.iterdir()} if jobs.exists() else set()
    return [process for process in psutil.process_iter() if _run_of(process) in runs] if runs else []


def end_leftovers(jobs: Path, grace_seconds: float, report: Callable[[str], None]) -> None:
    """End those: by SIGTERM, and by SIGKILL what is still there after the grace period."""
    left = leftovers(jobs)
    for process in left:
        report(f"ending a driver that was left behind: pid {process.pid}")
    end(left, grace_seconds)


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _run_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(RUN_MARK)
    except (psutil.Error, OSError):
        return None
