"""Processes that were left: found only as what they are, and ended though they do not want to."""

import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from coattail_harness.left_behind import end, living

DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"


@pytest.fixture
def process() -> Iterator[psutil.Process]:
    """A process that does not hear SIGTERM."""
    with subprocess.Popen([sys.executable, "-c", DEAF], stdout=subprocess.PIPE) as deaf:
        assert deaf.stdout is not None
        deaf.stdout.readline()
        yield psutil.Process(deaf.pid)
        deaf.kill()


def test_living_finds_a_process_by_pid_and_start(process: psutil.Process) -> None:
    assert living(process.pid, process.create_time()) == process
    assert living(process.pid, process.create_time() - 60) is None
    assert living(0, 0.0) is None


def test_end_kills_what_does_not_hear(process: psutil.Process) -> None:
    started_at = process.create_time()
    end([process], 0.1)
    assert living(process.pid, started_at) is None
