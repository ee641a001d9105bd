"""Job runs with a tiny shell script in the place of spark-submit: what is tested is the watching, not Spark."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from localstack_host_plugin.emr.job_run import JobRun, Plan, State
from localstack_host_plugin.emr.retry import RetryPolicy
from localstack_host_plugin.emr.submission import Spark, Submission

# Drops the options, as it has no Spark to give them to, and runs the entry point with the shell.
FAKE_SPARK_SUBMIT = """#!/bin/sh
while [ "${1#--}" != "$1" ]; do shift 2; done
exec sh "$@"
"""
WAITS_FOR_EVER = "echo up; exec tail -f /dev/null"


def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    tick = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        tick.wait(0.02)


def run_of(folder: Path, script: str, policy: RetryPolicy, environment: dict[str, str] | None = None) -> JobRun:
    submit = folder / "fake-spark-submit"
    submit.write_text(FAKE_SPARK_SUBMIT)
    submit.chmod(0o755)
    (folder / "job.sh").write_text(script)
    submission = Submission(str(folder / "job.sh"), ("one", "two words"), (), (), tuple((environment or {}).items()))
    plan = Plan(
        submission, policy, Spark(submit, "local[1]", None), dict(os.environ), folder / "run", Path, backoff_seconds=0.0
    )
    return JobRun("run", plan)


STREAMING = RetryPolicy("STREAMING", max_failed_attempts_per_hour=3)
BATCH = RetryPolicy("BATCH")


def test_a_job_runs_with_its_arguments_and_environment_and_succeeds(tmp_path: Path) -> None:
    run = run_of(tmp_path, 'echo "$1|$2|$LEVEL"; echo no >&2', BATCH, {"LEVEL": "debug"})
    run.start()
    assert run.wait(10)
    assert run.state is State.SUCCESS
    assert (tmp_path / "run" / "stdout-1.log").read_text() == "one|two words|debug\n"
    assert (tmp_path / "run" / "stderr-1.log").read_text() == "no\n"
    assert not (tmp_path / "run" / "driver.pid").exists()


def test_a_failure_is_told_with_its_code_and_the_last_line(tmp_path: Path) -> None:
    run = run_of(tmp_path, "echo first >&2; echo 'no such table' >&2; exit 3", BATCH)
    run.start()
    assert run.wait(10)
    assert (run.state, run.attempt.details) == (State.FAILED, "Job failed, exit code 3. no such table")


def test_a_killed_streaming_driver_is_started_again_with_the_same_arguments(tmp_path: Path) -> None:
    run = run_of(tmp_path, f'echo "$2"; {WAITS_FOR_EVER}', STREAMING)
    run.start()
    pid_file = tmp_path / "run" / "driver.pid"
    until(pid_file.exists)
    first = int(pid_file.read_text())
    os.kill(first, signal.SIGKILL)
    until(lambda: run.attempt.number == 2 and run.state is State.RUNNING)
    assert int(pid_file.read_text()) != first
    assert "killed by SIGKILL" in run.attempts[0].details
    until(lambda: (tmp_path / "run" / "stdout-2.log").read_text().startswith("two words"))
    run.cancel(5)
    assert run.wait(10)


def test_what_a_dead_driver_left_behind_is_ended_before_the_next_one_starts(tmp_path: Path) -> None:
    child = tmp_path / "child.pid"
    script = f"if [ -f {child} ]; then {WAITS_FOR_EVER}; fi; tail -f /dev/null & echo $! > {child}.part; mv {child}.part {child}; wait"
    run = run_of(tmp_path, script, STREAMING)
    run.start()
    until(child.exists)
    until(lambda: run.state is State.RUNNING)  # a driver may be ahead of the file that says its id
    orphan = int(child.read_text())
    os.kill(int((tmp_path / "run" / "driver.pid").read_text()), signal.SIGKILL)
    until(lambda: run.attempt.number == 2 and run.state is State.RUNNING)
    until(lambda: _is_gone(orphan))
    run.cancel(5)
    assert run.wait(10)


def test_a_streaming_job_that_keeps_failing_is_given_up(tmp_path: Path) -> None:
    run = run_of(tmp_path, "exit 1", STREAMING)
    run.start()
    assert run.wait(10)
    assert (run.state, run.attempt.number) == (State.FAILED, 3)


def test_cancelling_asks_first(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    run = run_of(
        tmp_path,
        f"trap 'echo bye; exit 0' TERM; touch {ready}; while :; do tail -f /dev/null & wait $!; done",
        STREAMING,
    )
    run.start()
    until(ready.exists)
    run.cancel(10)
    assert run.wait(10)
    assert run.state is State.CANCELLED
    assert "bye" in (tmp_path / "run" / "stdout-1.log").read_text()


def test_a_driver_that_does_not_listen_is_killed_after_the_grace_period(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    run = run_of(tmp_path, f"trap '' TERM; touch {ready}; {WAITS_FOR_EVER}", STREAMING)
    run.start()
    until(ready.exists)
    run.cancel(0.1)
    assert run.state in {State.CANCELLING, State.CANCELLED}
    assert run.wait(10)
    assert run.state is State.CANCELLED


def test_a_command_that_is_not_there_fails_the_run(tmp_path: Path) -> None:
    run = run_of(tmp_path, "", BATCH)
    (tmp_path / "fake-spark-submit").unlink()
    run.start()
    assert run.wait(10)
    assert run.state is State.FAILED
    assert "FileNotFoundError" in run.attempt.details


def _is_gone(pid: int) -> bool:
    # An orphan that nobody has collected yet is a zombie, and gone.
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
