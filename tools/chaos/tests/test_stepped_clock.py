"""A wall clock that steps, in a process of its own."""

import subprocess
import sys
from pathlib import Path

from coattail_chaos.stepped_clock import SteppedClock

LOOKS = """
import pathlib, sys, time
monotonic, before = time.monotonic(), time.time()
pathlib.Path(sys.argv[1]).write_text("3600")
print(round((time.time() - before) / 3600), round((time.time_ns() / 1e9 - before) / 3600), time.monotonic() - monotonic < 60)
"""


def test_it_is_as_far_ahead_as_the_file_says(tmp_path: Path) -> None:
    offset = tmp_path / "offset"
    clock = SteppedClock(offset, time_ns=lambda: 5_000_000_000)
    for seconds, expected in (("0", 5), ("3600", 3605), ("-3.5", 1.5)):
        offset.write_text(seconds)
        assert (clock.time(), clock.time_ns()) == (expected, expected * 10**9)


def test_a_module_that_is_run_under_it_sees_the_step_and_its_arguments(tmp_path: Path) -> None:
    offset = tmp_path / "offset"
    offset.write_text("0")
    (tmp_path / "looks.py").write_text(LOOKS)
    done = subprocess.run(
        [sys.executable, "-m", "coattail_chaos.stepped_clock", str(offset), "looks", str(offset)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["1", "1", "True"]
