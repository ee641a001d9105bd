"""The command itself: it ends at once, with one line and code 2, over what it cannot work with."""

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from coattail_demo.command import refused
from coattail_demo.detectors import is_of_attempt, last_words
from coattail_demo.health import judged
from coattail_harness.ports import HOST
from coattail_runtime.health import Check, Report
from coattail_testing.imports import loaded
from local_cloud.jobs import JobRun


def demo(*flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "coattail_demo", *flags], capture_output=True, text=True, check=False, timeout=60
    )


def test_a_port_in_use_is_found_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = demo("--state", str(tmp_path), "--simulator-port", port)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert f"port {port}" in ended.stderr


def test_a_scenario_with_a_wrong_key_is_told_by_name(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text("markets: [{exchange: binance, symbol: BTC-USDT, price: 1}]\nseeds: 3\n")
    ended = demo("--state", str(tmp_path), "--scenario", str(scenario))
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "unknown key `seeds`; valid keys are: " in ended.stderr


@pytest.mark.parametrize("words", [("--help",), ("--seconds", "many")])
def test_what_starts_nothing_imports_no_client(words: tuple[str, ...]) -> None:
    """Spark, Iceberg and the clients of AWS take seconds to import, and neither help nor a mistyped option needs them."""
    heavy = {"pyspark", "pyiceberg", "pyarrow", "numpy", "boto3", "botocore", "aiobotocore", "aiohttp", "rich"}
    found = loaded("from coattail_demo.__main__ import main\nmain()", *words)

    assert "coattail_demo" in found
    assert not found & heavy


def test_ctrl_c_while_modules_load_is_no_traceback() -> None:
    """The interrupt comes when the options' module is asked for, which is before anything handles it."""
    program = (
        "import os, signal, sys\nfrom coattail_demo.__main__ import main\n"
        "class Interrupting:\n    def find_spec(self, name, path, target=None):\n"
        "        if name == 'coattail_demo.options':\n            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())\nmain()"
    )
    ended = subprocess.run([sys.executable, "-c", program, "--help"], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_a_state_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = demo("--state", str(tmp_path / "file" / "state"))
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.endswith("Not a directory; give a folder that can be written with --state\n")


@pytest.mark.parametrize(
    ("number", "code", "text"),
    [
        (errno.EROFS, 2, "/clone/.local: Read-only file system; give a folder that can be written with --state"),
        (errno.ENOSPC, 1, "/clone/.local: No space left on device"),
    ],
)
def test_what_the_system_refuses_is_one_line(number: int, code: int, text: str) -> None:
    failure = refused(OSError(number, os.strerror(number), "/clone/.local"))
    assert (failure.exit_code, str(failure)) == (code, text)


def test_help_names_every_flag() -> None:
    told = demo("--help").stdout
    for flag in (
        "--seconds",
        "--seed",
        "--rate",
        "--scenario",
        "--replay",
        "--exchange",
        "--live",
        "--report",
        "--keep",
    ):
        assert flag in told


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (
            "26/11/23 02:20:52 WARN Utils: hostname\nconfiguration: features.yaml: wrong\n"
            "26/11/23 02:21:00 INFO ShutdownHookManager: Deleting\n",
            "configuration: features.yaml: wrong",
        ),
        ("26/11/23 02:20:52 INFO SparkContext: up\n", "it left no message"),
    ],
)
def test_a_driver_that_failed_is_quoted_without_sparks_chatter(tmp_path: Path, log: str, words: str) -> None:
    path = tmp_path / "stderr-1.log"
    path.write_text(log)
    assert last_words(path) == words


def test_a_driver_without_a_log_left_no_message(tmp_path: Path) -> None:
    assert last_words(tmp_path / "stderr-1.log") == "it left no message"


@pytest.mark.parametrize(
    ("announced_at", "state", "ready"),
    [(None, "RUNNING", False), (99, "RUNNING", False), (100, "RUNNING", True), (100, "SCHEDULED", False)],
)
def test_spark_is_ready_when_its_present_attempt_says_so(announced_at: int | None, state: str, ready: bool) -> None:
    run = JobRun("app", "run", state, 2, "", attempt_at=100)
    assert is_of_attempt(announced_at, run) is ready


def test_before_trades_flow_a_silent_exchange_is_no_fault() -> None:
    silent = Check("messages", ok=False, detail="none yet")
    heard = judged(Report(healthy=False, checks=(Check("connected", ok=True), silent)), before_trades=True)
    assert (heard.ready, heard.detail) == (True, "waits for the first trade")
    apart = judged(Report(healthy=False, checks=(Check("connected", ok=False, detail="x"), silent)), before_trades=True)
    assert (apart.ready, apart.detail) == (False, "connected: x")


def test_health_in_a_line() -> None:
    fine, counts = Check("connected", ok=True), Check("counts", ok=True, detail="received 7")
    silent = Check("messages", ok=False, detail="none yet")
    assert judged(Report(healthy=True, checks=(fine, counts))).detail == "received 7"
    assert judged(Report(healthy=False, checks=(fine, silent, counts))).detail == "messages: none yet"
