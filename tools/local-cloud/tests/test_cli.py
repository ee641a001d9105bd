import socket
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from local_cloud import cloud
from local_cloud.cli import main
from local_cloud.errors import CloudError
from local_cloud.install import fingerprint
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
    program = (
        "import sys\nfrom local_cloud.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'boto3', 'botocore', 'pyspark', 'pyarrow'} & set(sys.modules)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, "--state", str(tmp_path), words], capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines()[-1] == "[]", told.stderr


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
