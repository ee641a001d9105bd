"""The process: its ready line, its end, and how it refuses what it cannot use."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from exchange_simulator.__main__ import main
from exchange_simulator.settings import one_each

COMMAND = [sys.executable, "-m", "exchange_simulator"]


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, object]]]:
    process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def call(url: str, method: str = "GET") -> dict[str, object]:
    with urlopen(Request(url, method=method), timeout=60) as reply:  # noqa: S310 (our own server)
        return dict(json.loads(reply.read()))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_leaves_the_truth_behind(tmp_path: Path, number: signal.Signals) -> None:
    truth = tmp_path / "truth.json"
    with started("--seed", "9", "--rate", "200", "--truth", str(truth), "--seconds", "0.5") as (process, ready):
        port = ready["port"]
        assert (
            ready.items()
            >= {
                "ready": True,
                "port": port,
                "binance_ws": f"ws://127.0.0.1:{port}/binance",
                "binance_rest": f"http://127.0.0.1:{port}/binance",
                "coinbase_ws": f"ws://127.0.0.1:{port}/coinbase/ws",
                "coinbase_rest": f"http://127.0.0.1:{port}/coinbase",
                "coinbase_advanced_ws": f"ws://127.0.0.1:{port}/coinbase/advanced",
                "kraken_ws": f"ws://127.0.0.1:{port}/kraken/v2",
                "kraken_rest": f"http://127.0.0.1:{port}/kraken",
                "control": f"http://127.0.0.1:{port}/control",
            }.items()
        )
        call(f"{ready['control']}/start", "POST")
        while not call(f"{ready['control']}/status")["finished"]:
            pass
        told = call(f"{ready['control']}/truth")
        process.send_signal(number)
        assert process.wait(timeout=60) == 0
    assert json.loads(truth.read_text()) == told
    assert told["seed"] == 9


def test_it_begins_by_itself_when_told_so() -> None:
    with started("--autostart", "--json-logs") as (_, ready):
        assert call(f"{ready['control']}/status")["state"] == "running"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--scenario", "nowhere.yaml"], "scenario nowhere.yaml: No such file or directory"),
        (["--replay", "nowhere.gz", "--exchange", "binance"], "recording nowhere.gz: No such file or directory"),
        (["--replay", "nowhere.gz"], "--replay needs --exchange"),
        (["--speed", "2"], "--speed belongs to --replay"),
        (["--exchange", "binance"], "--exchange belongs to --replay"),
        (["--replay", "x", "--exchange", "binance", "--seed", "1"], "--scenario, --seed and --rate cannot be given"),
        (["--port", "99999"], "--port: Input should be less than or equal to 65535"),
        (["--rate", "much"], "--rate: Input should be a valid number"),
        (["--truth", "/nowhere/truth.json"], "truth /nowhere/truth.json: No such file or directory"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], problem: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert line.startswith("exchange-simulator: ")
    assert problem in line


def test_a_port_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as ended:
            main(["--port", str(port)])
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        f"exchange-simulator: port {port} of 127.0.0.1 is in use; give another with --port, or 0 for a free one\n"
    )


def test_replay_takes_several_files() -> None:
    arguments = ["--speed", "0", "--replay", "a", "b", "c", "--exchange", "binance"]
    assert one_each(arguments, "--replay") == [
        "--speed",
        "0",
        "--replay",
        "a",
        "--replay",
        "b",
        "--replay",
        "c",
        "--exchange",
        "binance",
    ]
