import os
import subprocess
import sys
from pathlib import Path

import psutil

from local_cloud.record import Record, process_of, read_record, write_record
from local_cloud.settings import Kind


def record_of(pid: int, started_at: float) -> Record:
    return Record(kind=Kind.HOST, port=4566, pid=pid, started_at=started_at)


def test_a_record_survives_its_file(tmp_path: Path) -> None:
    record = record_of(42, 1.5)
    write_record(tmp_path / "state" / "cloud.json", record)
    assert read_record(tmp_path / "state" / "cloud.json") == record
    assert record.endpoint == "http://127.0.0.1:4566"


def test_no_file_and_a_broken_one_are_no_record(tmp_path: Path) -> None:
    assert read_record(tmp_path / "cloud.json") is None
    (tmp_path / "cloud.json").write_text('{"kind": "host"')
    assert read_record(tmp_path / "cloud.json") is None


def test_a_living_process_is_found() -> None:
    process = process_of(record_of(os.getpid(), psutil.Process().create_time()))
    assert process is not None
    assert process.pid == os.getpid()


def test_a_pid_that_another_process_has_now_is_not_taken_for_it() -> None:
    assert process_of(record_of(os.getpid(), psutil.Process().create_time() - 60)) is None


def test_a_process_that_has_ended_is_not_found() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        record = record_of(process.pid, psutil.Process(process.pid).create_time())
        assert process_of(record) is not None
    assert process_of(record) is None


def test_a_container_s_record_has_no_process() -> None:
    assert process_of(Record(kind=Kind.DOCKER, port=4566)) is None
