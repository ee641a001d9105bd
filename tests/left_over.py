"""Fails a test run that leaves processes behind, and names each with the test that started it.

A process counts as left over when it is a child of this one, or when it carries the mark of this run in its environment: so a
grandchild is found whose parent has ended. What is found is killed, so that no run disturbs the next.
"""

import gc
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import psutil
import pytest

_MARK: Final = "COATTAIL_TEST_RUN"
_TEST: Final = "PYTEST_CURRENT_TEST"
_GRACE_SECONDS: Final = float(os.environ.get("COATTAIL_TEST_GRACE_SECONDS", "30"))
"""How long a process that was asked to end may take: a busy machine needs some seconds for a JVM."""
_FOUND: Final = pytest.StashKey[list[str]]()


def pytest_sessionstart() -> None:
    """Mark every process that this run will start."""
    os.environ[_MARK] = uuid.uuid4().hex


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run when a process is left over. The fixtures of the session have been torn down by now."""
    _end_java()
    _, running = psutil.wait_procs(list(_left_over(os.environ[_MARK])), timeout=_GRACE_SECONDS)
    found = [*map(_described, running), *_never_waited_for()]
    for process in running:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(running, timeout=_GRACE_SECONDS)
    session.config.stash[_FOUND] = found
    if found and session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name the processes that were left over."""
    found = config.stash.get(_FOUND, [])
    if found:
        terminalreporter.section("processes left over", red=True, bold=True)
        for line in found:
            terminalreporter.line(line)


def _left_over(mark: str) -> Iterator[psutil.Process]:
    own = os.getpid()
    children = {process.pid for process in psutil.Process().children(recursive=True)}
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.pid != own and (process.pid in children or process.environ().get(_MARK) == mark):
                yield process


def _described(process: psutil.Process) -> str:
    """What the process is, and which test started it: pytest names the test in the environment that a process inherits."""
    command, test = "ended, and its parent did not wait for it", "a test that gave it an environment of its own"
    with suppress(psutil.Error):
        command = " ".join(process.cmdline()) or command
    with suppress(psutil.Error):
        test = process.environ().get(_TEST, "a fixture, or a test that gave it an environment of its own")
    return f"{process.pid}: {command[:300]}; started by {test}"


def _never_waited_for() -> list[str]:
    """Describe the processes whose end was not waited for: Python complains of each when it ends itself."""
    # By its type: a weak proxy asks what it stands for, which may be gone.
    opened = [one for one in gc.get_objects() if issubclass(type(one), subprocess.Popen) and one.returncode is None]
    return [f"{one.pid}: {one.args!r}; it was not waited for" for one in opened]


def _end_java() -> None:
    """End the JVM of PySpark, which lives as long as the process that started it, and wait for it."""
    pyspark = sys.modules.get("pyspark")
    gateway = pyspark.SparkContext._gateway if pyspark else None
    if gateway is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()  # the JVM ends when its standard input does
        gateway.proc.wait(_GRACE_SECONDS)
