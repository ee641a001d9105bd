"""Handlers in processes of their own: what they are given, how they fail, how they are replaced."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from localstack_host_plugin.functions.environment import (
    MissingSettingError,
    code_folder,
    handler_environment,
    state_folder,
    words,
)
from localstack_host_plugin.functions.environment_log import EnvironmentLog
from localstack_host_plugin.functions.invocations import Invocation, Invocations, Result
from localstack_host_plugin.functions.process import HandlerProcess

HANDLER = """
import json, logging, os, sys, threading

calls = 0

def handler(event, context):
    global calls
    calls += 1
    match event.get("do"):
        case "raise":
            raise ValueError("not this one")
        case "wait":
            print("waiting", flush=True)
            threading.Event().wait()
        case "exit":
            sys.exit(3)
        case "set":
            return {1, 2}
        case "echo":
            return event
    print('{"_aws": {"Timestamp": 1}, "Passed": 1}')
    logging.warning("beware")
    return {
        "calls": calls,
        "pid": os.getpid(),
        "request": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "left": context.get_remaining_time_in_millis(),
        "own": os.environ["OWN"],
        "paths": sys.path,
    }
"""

FUNCTION = {
    "_HANDLER": "app.handler",
    "OWN": "1",
    "AWS_LAMBDA_FUNCTION_NAME": "example",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": 128,
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/example",
    "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
}


class Example:
    """A function of these tests' own, in an execution environment."""

    def __init__(self, folder: Path, handler: str = HANDLER) -> None:
        package = folder / "package"
        package.mkdir()
        (package / "app.py").write_text(handler)
        self.log = EnvironmentLog(folder / "logs" / "example.log")
        self.pid_file = folder / "logs" / "example.pid"
        environment = handler_environment(os.environ, FUNCTION, package)

        def start() -> HandlerProcess:
            return HandlerProcess(words(), environment, package, self.log.path)

        self.invocations = Invocations(start, self.log, self.pid_file)

    def invoke(self, timeout: float = 30.0, **event: object) -> Result:
        return self.invocations.invoke(Invocation("request-1", "arn:example", "trace", json.dumps(event), timeout))

    def answer(self, **event: object) -> Any:
        result = self.invoke(**event)
        assert not result.is_error, result
        return json.loads(result.payload)

    def error(self, timeout: float = 30.0, **event: object) -> Any:
        result = self.invoke(timeout, **event)
        assert result.is_error, result
        return json.loads(result.payload)

    @property
    def pid(self) -> int:
        return int(self.pid_file.read_text())


@pytest.fixture
def example(tmp_path: Path) -> Iterator[Example]:
    example = Example(tmp_path)
    yield example
    example.invocations.stop()


def test_a_handler_is_told_its_invocation_and_finds_its_own_package_alone(example: Example, tmp_path: Path) -> None:
    answer = example.answer(timeout=600.0)
    assert (answer["request"], answer["arn"], answer["own"]) == ("request-1", "arn:example", "1")
    assert 500_000 < answer["left"] <= 600_000
    assert answer["paths"][0] == str(tmp_path / "package")
    assert not [path for path in answer["paths"] if "site-packages" in path]


def test_a_process_is_kept_warm(example: Example) -> None:
    first, second = example.answer(), example.answer()
    assert first["pid"] == second["pid"] == example.pid
    assert (first["calls"], second["calls"]) == (1, 2)


def test_an_error_is_answered_and_the_process_goes_on(example: Example) -> None:
    error = example.error(do="raise")
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "not this one")
    assert any("app.py" in line for line in error["stackTrace"])
    assert example.answer()["calls"] == 2


def test_a_handler_killed_in_the_middle_is_an_error_and_the_next_invocation_has_a_new_one(example: Example) -> None:
    before = example.answer()["pid"]
    results: list[Any] = []
    invocation = threading.Thread(target=lambda: results.append(example.error(do="wait")))
    invocation.start()
    tick = threading.Event()
    while "waiting" not in example.log.text():
        tick.wait(0.01)
    os.kill(before, signal.SIGKILL)
    invocation.join(10)
    assert results[0]["errorType"] == "Runtime.ExitError"
    assert results[0]["errorMessage"] == "RequestId: request-1 Error: Runtime exited with error: signal: 9"
    after = example.answer()
    assert (after["pid"] != before, after["calls"]) == (True, 1)


def test_a_handler_killed_while_idle_is_replaced_unnoticed(example: Example) -> None:
    before = example.answer()["pid"]
    os.kill(before, signal.SIGKILL)
    os.waitid(os.P_PID, before, os.WEXITED | os.WNOWAIT)
    assert example.answer()["pid"] != before


def test_a_timeout_ends_the_process(example: Example) -> None:
    before = example.answer()["pid"]
    error = example.error(timeout=0.2, do="wait")
    assert error["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 0.20 seconds" in error["errorMessage"]
    assert example.answer()["pid"] != before


def test_an_exit_is_told_with_its_status(example: Example) -> None:
    assert example.error(do="exit")["errorMessage"].endswith("Runtime exited with error: exit status 3")


def test_an_answer_that_is_no_json_is_an_error(example: Example) -> None:
    assert example.error(do="set")["errorType"] == "Runtime.MarshalError"


def test_large_events_and_answers_pass(example: Example) -> None:
    text = "x" * 5_000_000
    assert example.answer(do="echo", text=text)["text"] == text


def test_each_invocation_s_logs_are_its_own_and_lines_stay_as_they_are(example: Example) -> None:
    lines = example.invoke().logs.splitlines()
    assert lines[0] == "START RequestId: request-1"
    assert '{"_aws": {"Timestamp": 1}, "Passed": 1}' in lines
    assert any("beware" in line for line in lines)
    assert lines[-2] == "END RequestId: request-1"
    assert lines[-1].startswith("REPORT RequestId: request-1\tDuration: ")
    again = example.invoke(do="raise").logs
    assert "beware" not in again
    assert '"errorType": "ValueError"' in again


def test_a_handler_that_cannot_be_loaded_says_why_each_time(tmp_path: Path) -> None:
    example = Example(tmp_path, "import nothing_of_that_name")
    for _ in range(2):
        error = example.error()
        assert error["errorType"] == "ModuleNotFoundError"
        assert "nothing_of_that_name" in error["errorMessage"]
    example.invocations.stop()


def test_stopping_ends_the_process_and_its_mark(example: Example) -> None:
    pid = example.answer()["pid"]
    example.invocations.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not example.pid_file.exists()
    assert example.error()["errorType"] == "Runtime.ExitError"


def test_a_handler_sees_nothing_of_localstack_s_environment() -> None:
    machine = {"PATH": "/bin", "PYTHONPATH": "/x", "AWS_PROFILE": "work", "SERVICES": "s3", "OWN": "machine"}
    assert handler_environment(machine, {"OWN": "1", "N": 2}, Path("/package")) == {
        "PATH": "/bin",
        "OWN": "1",
        "N": "2",
        "LAMBDA_TASK_ROOT": "/package",
    }


def test_folders_are_what_the_environment_says() -> None:
    assert code_folder({"LAMBDA_STATE_DIR": "/state"}) == Path("/state/.code")
    with pytest.raises(MissingSettingError, match="LAMBDA_STATE_DIR"):
        state_folder({})
