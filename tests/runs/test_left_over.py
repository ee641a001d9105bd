"""A test run that leaves a process behind fails and names it: tried with runs of their own."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
SLEEPS = "import subprocess, sys; started = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)"


def run(folder: Path, body: str) -> "subprocess.CompletedProcess[str]":
    """Run one test, `test_it`, with that body."""
    (folder / "test_it.py").write_text(f"def test_it():\n    {body}\n")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "tests.left_over",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            folder,
            folder,
        ],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(ROOT), "COATTAIL_TEST_GRACE_SECONDS": "0.5"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_left_over_process_fails_the_run_and_is_named(tmp_path: Path) -> None:
    done = run(
        tmp_path, f"{SLEEPS}; open('pid', 'w').write(str(started.pid)); import builtins; builtins.kept = started"
    )

    pid = int((tmp_path / "pid").read_text())
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "1 passed" in done.stdout
    assert "processes left over" in done.stdout
    assert f"{pid}: {sys.executable} -c input(); started by test_it.py::test_it (call)" in done.stdout
    assert not psutil.pid_exists(pid)


def test_left_over_grandchild_is_found_after_its_parent_ended(tmp_path: Path) -> None:
    """The parent ends at once, so its child is not a child of the test run any more."""
    child = "import time; time.sleep(600)"
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}])"
    done = run(tmp_path, f"import subprocess, sys; subprocess.run([sys.executable, '-c', {parent!r}], check=True)")

    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "time.sleep(600); started by test_it.py::test_it (call)" in done.stdout


def test_left_over_process_that_was_not_waited_for_is_named(tmp_path: Path) -> None:
    ended = "import subprocess; started = subprocess.Popen(['true']); import builtins; builtins.kept = started"
    done = run(tmp_path, ended)

    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "it was not waited for" in done.stdout


def test_left_over_nothing_and_the_run_is_green(tmp_path: Path) -> None:
    proxy = "import builtins, weakref; builtins.kept = weakref.proxy(type('Gone', (), {})())"
    done = run(tmp_path, f"{SLEEPS}; started.communicate(); {proxy}")

    assert (done.returncode, "left over" in done.stdout) == (0, False)
