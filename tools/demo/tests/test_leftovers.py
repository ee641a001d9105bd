"""What an earlier demo left behind is ended, and nothing else."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from coattail_demo.leftovers import Known, ProcessRecord, end_leftovers


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits to be ended."""
    with subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]) as waiting:
        yield waiting
        waiting.kill()


def test_a_process_on_record_is_ended(tmp_path: Path, process: subprocess.Popen[bytes]) -> None:
    path = tmp_path / "processes.json"
    ProcessRecord(path).add(process.pid)
    assert end_leftovers(path) == 1
    assert not psutil.pid_exists(process.pid)
    assert not path.exists()


def test_another_process_of_the_same_pid_is_left_alone(tmp_path: Path, process: subprocess.Popen[bytes]) -> None:
    path = tmp_path / "processes.json"
    path.write_bytes(msgspec.json.encode([Known(process.pid, 1.0)]))
    assert end_leftovers(path) == 0
    assert process.poll() is None


def test_no_record_and_a_broken_one_are_nothing_to_end(tmp_path: Path) -> None:
    path = tmp_path / "processes.json"
    assert end_leftovers(path) == 0
    path.write_text("[{")
    assert end_leftovers(path) == 0
