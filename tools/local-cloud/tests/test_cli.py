import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import msgspec
import psutil
import pytest

from coattail_testing.imports import loaded
from local_cloud import cli, cloud, health, host
from local_cloud.cli import main
from local_cloud.errors import CloudError
from local_cloud.install import fingerprint
from local_cloud.interrupts import interrupts_deferred
from local_cloud.layout import Layout
from local_cloud.record import Record, write_record
from local_cloud.settings import Kind, read_settings
from local_cloud.testing import free_port


def test_a_cloud_that_is_down_has_exit_code_three(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--state", str(tmp_path), "status", "--json"]) == 3
    assert msgspec.json.decode(capfd.readouterr().out)["running"] is False
    assert main(["--state", str(tmp_path), "deploy"]) == 3
    assert "no local cloud is up" in capfd.readouterr().err


@pytest.mark.parametrize("words", ["--help", "status", "down"])
def test_what_calls_nothing_imports_no_aws_client(tmp_path: Path, words: str) -> None:
    found = loaded("from local_cloud.cli import main\nmain(sys.argv[1:])", "--state", str(tmp_path), words)

    assert "local_cloud" in found
    assert not found & {"boto3", "botocore", "pyspark", "pyarrow"}


def test_a_port_in_use_is_one_line_and_exit_code_two(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        assert main(["--state", str(tmp_path), "up", "--port", str(port)]) == 2
    error = capfd.readouterr().err
    assert error.count("\n") == 1
    assert f"port {port}" in error
    assert "--port N" in error


def test_down_without_a_cloud_is_no_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--state", str(tmp_path), "down"]) == 0
    assert "was not up" in capfd.readouterr().out


def test_a_record_of_a_cloud_that_has_died_counts_for_nothing(tmp_path: Path) -> None:
    layout = Layout(tmp_path, tmp_path, tmp_path / "state")
    write_record(layout.record, Record(kind=Kind.HOST, port=4566, pid=2**22 + 1, started_at=1.0))
    assert cloud.running(layout) is None
    assert not cloud.down(layout, lambda _line: None)
    assert not layout.record.exists()


def test_a_localstack_that_dies_while_starting_shows_its_last_words(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "bundle", tmp_path / "repo", tmp_path / "state")
    layout.plugin.mkdir(parents=True)
    (layout.plugin / "pyproject.toml").write_text("")
    layout.lock.write_text("")
    layout.python.parent.mkdir(parents=True)
    layout.python.write_text("#!/bin/sh\necho 'no module named localstack'; exit 1\n")
    layout.python.chmod(layout.python.stat().st_mode | stat.S_IXUSR)
    (layout.venv / "coattail.stamp").write_text(fingerprint(layout))
    with pytest.raises(CloudError, match=r"ended while it was starting(.|\n)*no module named localstack"):
        cloud.up(layout, read_settings({}, layout, port=free_port()), {}, lambda _line: None)
    assert not layout.record.exists()


def test_docker_where_there_is_none_is_said(tmp_path: Path) -> None:
    layout = Layout(tmp_path, tmp_path, tmp_path / "state")
    settings = read_settings({"LOCAL_CLOUD": "docker"}, layout, port=free_port())
    with pytest.raises(CloudError, match="`docker info` does not answer"):
        cloud.up(layout, settings, {}, lambda _line: None)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A layout with a cloud of the demo's, which this process stands for."""
    layout = Layout(tmp_path, tmp_path, tmp_path / ".local" / "cloud")
    own = Record(kind=Kind.HOST, port=free_port(), pid=os.getpid(), started_at=psutil.Process().create_time())
    write_record(layout.of_the_demo.record, own)
    monkeypatch.setattr(
        cli, "find_layout", lambda state: layout if state is None else Layout(tmp_path, tmp_path, state)
    )
    return layout


def test_status_knows_the_cloud_of_the_demo(repository: Layout, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--json"]) == 0
    told = msgspec.json.decode(capfd.readouterr().out)
    assert told["running"]
    assert told["state"] == str(repository.of_the_demo.state)
    assert main(["status"]) == 0
    assert f"the demo's cloud, in {repository.of_the_demo.state}" in capfd.readouterr().out


def test_status_of_a_named_folder_is_of_that_folder(repository: Layout) -> None:
    assert main(["--state", str(repository.state), "status"]) == 3


@pytest.mark.usefixtures("repository")
def test_down_spares_the_cloud_of_a_demo_that_runs(capfd: pytest.CaptureFixture[str]) -> None:
    """Only a cloud that was kept is without a demo that needs it."""
    assert main(["down"]) == 0
    assert "was not up" in capfd.readouterr().out


def test_down_means_the_kept_cloud_where_no_other_is_up(repository: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[Path] = []

    def down(layout: Layout, _report: object) -> bool:
        ended.append(layout.state)
        return True

    repository.of_the_demo.kept.touch()
    monkeypatch.setattr(cloud, "down", down)
    assert main(["down"]) == 0
    assert ended == [repository.of_the_demo.state]


def test_ctrl_c_while_modules_load_is_no_traceback() -> None:
    program = (
        "import os, signal, sys\nfrom local_cloud.__main__ import main\n"
        "class Interrupting:\n    def find_spec(self, name, path, target=None):\n"
        "        if name == 'local_cloud.cli':\n            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())\nmain()"
    )
    ended = subprocess.run([sys.executable, "-c", program, "status"], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_an_interrupted_start_leaves_no_localstack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout(tmp_path / "bundle", tmp_path / "repo", tmp_path / "state")
    layout.plugin.mkdir(parents=True)
    (layout.plugin / "pyproject.toml").write_text("")
    layout.lock.write_text("")
    layout.python.parent.mkdir(parents=True)
    layout.python.write_text("#!/bin/sh\ntrap '' TERM\nexec tail -f /dev/null\n")
    layout.python.chmod(layout.python.stat().st_mode | stat.S_IXUSR)
    (layout.venv / "coattail.stamp").write_text(fingerprint(layout))
    started: list[int] = []

    def interrupted(*_arguments: object) -> None:
        record = cloud.running(layout)
        assert record is not None
        started.append(record.pid)
        raise KeyboardInterrupt

    def stop(process: psutil.Process, timeout: float) -> bool:
        grace.append(timeout)
        return host.stop(process, 0.1)

    grace: list[float] = []
    monkeypatch.setattr(health, "wait_until_healthy", interrupted)
    monkeypatch.setattr(cloud, "host", SimpleNamespace(**vars(host) | {"stop": stop}))
    with pytest.raises(KeyboardInterrupt):
        cloud.up(layout, read_settings({}, layout, port=free_port()), {"PATH": "/usr/bin:/bin"}, lambda _line: None)
    assert not psutil.pid_exists(started[0])
    assert grace == [cloud.UNSTARTED_SECONDS]
    assert not layout.record.exists()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A shell starts what runs in its background with interrupts ignored, tests too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_waits_for_the_record() -> None:
    """Between the start of a process and its record an interrupt would leave a process that nobody knows."""
    done = []

    def start() -> None:
        with interrupts_deferred():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("recorded")

    with pytest.raises(KeyboardInterrupt):
        start()
    assert done == ["recorded"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize(
    "words",
    [["up", "--port", "0"], ["up", "--port", "nan"], ["up", "--port", "70000"], ["logs", "--lines", "0"], ["nothing"]],
)
def test_what_cannot_be_meant_is_one_line(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert capfd.readouterr().err.count("\n") == 1


def test_a_state_that_is_no_folder_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["--state", str(tmp_path / "file"), "status"]) == 1
    error = capfd.readouterr().err
    assert error.count("\n") == 1
    assert "Not a directory" in error
