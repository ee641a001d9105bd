"""What an earlier demo left behind is ended, and nothing else; two demos do not share a folder."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from coattail_demo.errors import ConfigurationError
from coattail_demo.leftovers import Known, ProcessRecord, alone, end_leftovers
from coattail_demo.memory import PeakMemory


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


def test_a_folder_is_held_by_one_demo(tmp_path: Path) -> None:
    with (
        alone(tmp_path / "lock"),
        pytest.raises(ConfigurationError, match=r"another demo is running in .* --state"),
        alone(tmp_path / "lock"),
    ):
        pass
    with alone(tmp_path / "lock"):
        pass


def test_memory_is_that_of_the_process_and_of_nobody_once_it_has_ended(process: subprocess.Popen[bytes]) -> None:
    memory = PeakMemory()
    now = memory.sample("it", process.pid)
    assert now > 1
    assert memory.sample("it", process.pid, without=process.pid) == 0
    assert memory.sample("it", None) == 0
    assert memory.peaks["it"] == pytest.approx(now, abs=0.1)
