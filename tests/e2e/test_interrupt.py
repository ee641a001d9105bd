"""Ctrl-C in the middle: everything that was started has ended, and the exit code says so."""

import asyncio
import signal
import sys
from pathlib import Path

import psutil
import pytest

SUBMITTED = b"StartJobRun"
INTERRUPTED = 130
WITHIN_SECONDS = 480.0


@pytest.mark.e2e
async def test_an_interrupted_demo_leaves_no_process_behind(tmp_path: Path) -> None:
    state = tmp_path / "state"
    demo = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "coattail_demo", "--plain", "--state", str(state)),
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert demo.stdout is not None
    async with asyncio.timeout(WITHIN_SECONDS):
        async for line in demo.stdout:
            if SUBMITTED in line:
                break
        started = psutil.Process(demo.pid).children(recursive=True)
        cloud = _pids_below(state)
        demo.send_signal(signal.SIGINT)
        rest = await demo.stdout.read()
        assert await demo.wait() == INTERRUPTED, rest.decode()

    assert started
    assert cloud
    assert [process for process in started if process.is_running()] == []
    assert _pids_below(state) == []


def _pids_below(state: Path) -> list[int]:
    """The processes that work in the state folder: LocalStack and the Spark driver."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(state):
                found.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return found
