"""The command, where it ends without a run."""

import fcntl
import subprocess
import sys
from pathlib import Path

from coattail_chaos.plan import Name


def chaos(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "coattail_chaos", *words], capture_output=True, text=True, check=False)


def test_the_scenarios_are_listed() -> None:
    done = chaos("--list")

    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == [name.value for name in Name]


def test_a_folder_in_use_ends_it_with_one_line(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = chaos("--quick", "--state", str(tmp_path))

    assert done.returncode == 1
    assert done.stderr == f"chaos: another run is under way in {tmp_path}; end it, or give this one a --state\n"


def test_a_kinesis_that_is_not_there_ends_it_and_everything_it_started(tmp_path: Path) -> None:
    done = chaos("--quick", "--state", str(tmp_path), "--kinesis", "http://127.0.0.1:9")

    assert done.returncode == 1
    assert "chaos: the Kinesis at http://127.0.0.1:9 cannot be used" in done.stderr.splitlines()[-1]
