"""The command itself: it ends at once, with one line and code 2, over what it cannot work with."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from coattail_common.health import Check, Report
from coattail_demo.detectors import last_words
from coattail_demo.health import judged
from coattail_demo.ports import HOST


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


def test_health_in_a_line() -> None:
    fine, counts = Check("connected", ok=True), Check("counts", ok=True, detail="received 7")
    silent = Check("messages", ok=False, detail="none yet")
    assert judged(Report(healthy=True, checks=(fine, counts))).detail == "received 7"
    assert judged(Report(healthy=False, checks=(fine, silent, counts))).detail == "messages: none yet"
