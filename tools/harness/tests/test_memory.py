"""The resident memory of a process, with its children and without."""

import os
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from coattail_harness.memory import PeakMemory


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits to be ended."""
    with subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]) as waiting:
        yield waiting
        waiting.kill()


def test_memory_is_that_of_the_process_and_of_nobody_once_it_has_ended(process: subprocess.Popen[bytes]) -> None:
    memory = PeakMemory()
    now = memory.sample("it", process.pid)
    assert now > 1
    assert memory.sample("it", process.pid, without=process.pid) == 0
    assert memory.sample("it", None) == 0
    assert memory.peaks["it"] == pytest.approx(now, abs=0.1)


def test_memory_leaves_out_children(process: subprocess.Popen[bytes]) -> None:
    memory = PeakMemory()
    own = memory.sample("it", os.getpid(), children=False)
    child = psutil.Process(process.pid).memory_info().rss / 1e6
    assert memory.sample("it", os.getpid()) >= own + child / 2
