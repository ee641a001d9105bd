"""A driver that is started ahead, with a tiny shell script in the place of spark-submit."""

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from localstack_host_plugin.emr import ahead
from localstack_host_plugin.emr.environment import driver_environment, spark
from localstack_host_plugin.emr.job_run import JobRun, Plan, State
from localstack_host_plugin.emr.retry import RetryPolicy
from localstack_host_plugin.emr.submission import read

# Drops the options and runs the entry point with the shell.
FAKE_SPARK_SUBMIT = """#!/bin/sh
while [ "${1#--}" != "$1" ]; do shift 2; done
exec sh "$@"
"""
SCRIPT = "echo started; while [ ! -e $HOLD ]; do sleep 0.02; done; echo went on $1; exec tail -f /dev/null"
STREAMING = RetryPolicy("STREAMING", max_failed_attempts_per_hour=3)


class Machine:
    """A LocalStack's folders and variables, and what a job run of it asks for."""

    def __init__(self, folder: Path) -> None:
        submit = folder / "fake-spark-submit"
        submit.write_text(FAKE_SPARK_SUBMIT)
        submit.chmod(0o755)
        self.folder = folder
        self.told = folder / "ahead"
        self.s3 = folder / "s3" / "artifacts"
        self.variables = {
            **os.environ,
            "GATEWAY_LISTEN": "127.0.0.1:4599",
            "EMR_SPARK_SUBMIT": str(submit),
            "EMR_STATE_DIR": str(folder / "emr"),
            "EMR_AHEAD": str(self.told),
        }
        objects = self.told / "objects" / "artifacts"
        for place in (objects, self.s3):
            place.mkdir(parents=True)
            (place / "main.sh").write_text(SCRIPT)
        request = {"jobDriver": self.job_driver("word"), "region": "us-west-2", "hold": "HOLD"}
        (self.told / "request.json").write_text(json.dumps(request))

    @staticmethod
    def job_driver(word: str) -> dict[str, Any]:
        return {"sparkSubmit": {"entryPoint": "s3://artifacts/main.sh", "entryPointArguments": [word]}}

    def run(self, word: str, driver: ahead.Ahead) -> JobRun:
        """The job run that StartJobRun makes, with `driver` started for it."""
        folder = self.folder / "emr" / driver.run_id
        environment = driver_environment(
            self.variables, "http://127.0.0.1:4599", "us-west-2", "000000000000", driver.run_id
        )

        def fetch(address: str) -> Path:
            target = folder / "artifacts" / address.removeprefix("s3://")
            target.write_bytes((self.s3.parent / address.removeprefix("s3://")).read_bytes())
            return target

        plan = Plan(
            read(self.job_driver(word), {}), STREAMING, spark(self.variables), environment, folder, fetch, ahead=driver
        )
        return JobRun(driver.run_id, plan)

    def output(self, driver: ahead.Ahead, attempt: int = 1) -> str:
        log = self.folder / "emr" / driver.run_id / f"stdout-{attempt}.log"
        return log.read_text() if log.exists() else ""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    tick = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        tick.wait(0.02)


def start(machine: Machine) -> ahead.Ahead:
    driver = ahead.start(machine.variables)
    assert driver is not None
    until(lambda: machine.output(driver) == "started\n")
    return driver


def test_the_run_that_was_foreseen_goes_on_with_the_driver(machine: Machine) -> None:
    driver = start(machine)
    assert ahead.started(machine.variables) == driver
    run = machine.run("word", driver)
    run.start()
    until(lambda: machine.output(driver) == "started\nwent on word\n")
    assert (run.attempt.number, run.state) == (1, State.RUNNING)
    assert int((machine.folder / "emr" / driver.run_id / "driver.pid").read_text()) == driver.pid
    run.cancel(5)
    assert run.wait(60)
    assert not psutil.pid_exists(driver.pid)


def test_after_a_kill_the_next_attempt_is_a_driver_as_any(machine: Machine) -> None:
    driver = start(machine)
    run = machine.run("word", driver)
    run.start()
    until(lambda: "went on" in machine.output(driver))
    os.kill(driver.pid, 9)
    until(lambda: run.attempt.number == 2)
    assert "killed by SIGKILL" in run.attempts[0].details
    run.cancel(5)
    assert run.wait(60)


@pytest.mark.parametrize("change", ["argument", "file"])
def test_another_run_gets_a_driver_of_its_own(machine: Machine, change: str) -> None:
    """What was started ahead is used only for the same command, with files of the same content."""
    driver = start(machine)
    if change == "file":
        (machine.s3 / "main.sh").write_text("echo other; exec tail -f /dev/null")
    run = machine.run("other" if change == "argument" else "word", driver)
    run.start()
    until(lambda: run.state is State.RUNNING)
    pid = int((machine.folder / "emr" / driver.run_id / "driver.pid").read_text())
    assert pid != driver.pid
    assert not psutil.pid_exists(driver.pid)
    run.cancel(5)
    assert run.wait(60)


def test_a_driver_that_has_ended_is_replaced(machine: Machine) -> None:
    driver = start(machine)
    os.kill(driver.pid, 9)
    until(lambda: psutil.Process(driver.pid).status() == psutil.STATUS_ZOMBIE)
    run = machine.run("word", driver)
    run.start()
    until(lambda: run.state is State.RUNNING)
    assert run.attempt.number == 1
    run.cancel(5)
    assert run.wait(60)


def test_without_a_description_nothing_is_started(machine: Machine) -> None:
    assert ahead.start({}) is None
    assert ahead.started({}) is None
    assert ahead.started(machine.variables) is None


def test_the_record_of_an_earlier_start_is_not_taken_for_this_one(machine: Machine) -> None:
    start(machine).end()
    (machine.told / "objects" / "artifacts" / "main.sh").unlink()
    with pytest.raises(OSError, match="main"):
        ahead.start(machine.variables)
    assert ahead.started(machine.variables) is None
