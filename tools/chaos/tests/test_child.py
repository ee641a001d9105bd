"""A process that does one thing and ends."""

import signal
import sys
from pathlib import Path

import psutil
import pytest

from coattail_chaos import child
from coattail_chaos.errors import ChaosError

PARENT = """
import os, signal, subprocess, sys
started = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("first")
print(started.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


async def test_it_says_how_it_ended_and_its_last_line(tmp_path: Path) -> None:
    words = (sys.executable, "-c", "import os; print('one'); print(os.environ['GIVEN'])")
    ended = await child.run(words, {"GIVEN": "two"}, tmp_path / "log", 60)

    assert (ended.code, ended.said) == (0, b"two")


async def test_what_a_killed_process_started_ends_with_it(tmp_path: Path) -> None:
    """A JVM would go on writing."""
    ended = await child.run((sys.executable, "-c", PARENT), {}, tmp_path / "log", 60)

    assert ended.code == -signal.SIGKILL
    started = int(ended.said)
    assert not psutil.pid_exists(started) or psutil.Process(started).status() == psutil.STATUS_ZOMBIE


async def test_one_that_does_not_end_is_killed(tmp_path: Path) -> None:
    words = (sys.executable, "-c", f"import time; time.sleep(600)  # {tmp_path}")
    with pytest.raises(ChaosError, match=r"did not end in 0 s; its log is .*log"):
        await child.run(words, {}, tmp_path / "log", 0.2)

    assert [one for one in psutil.process_iter(["cmdline"]) if str(tmp_path) in str(one.info["cmdline"])] == []
