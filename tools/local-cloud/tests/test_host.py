import os
import subprocess
import sys
from pathlib import Path

import psutil

from local_cloud.host import environment, forget_ended, start, stop, tail
from local_cloud.layout import Layout
from local_cloud.settings import read_settings
from local_cloud.spark_image import write_defaults

LAYOUT = Layout(Path("/repo/tools/local-cloud"), Path("/repo"), Path("/state"))


def test_localstack_listens_on_the_loopback_alone_and_keeps_its_files_in_the_state() -> None:
    settings = read_settings({}, LAYOUT, port=4600)
    started = environment(LAYOUT, settings, {"PATH": "/usr/bin", "HOME": "/home/someone"})
    assert started["GATEWAY_LISTEN"] == started["LOCALSTACK_HOST"] == "127.0.0.1:4600"
    assert started["FILESYSTEM_ROOT"] == "/state/localstack"
    assert started["EMR_STATE_DIR"] == "/state/emr"
    assert (started["LAMBDA_STATE_DIR"], started["LAMBDA_RUNTIME_EXECUTOR"]) == ("/state/lambda", "host")
    assert started["PATH"] == f"/repo/.local/localstack/venv/bin{os.pathsep}/usr/bin"
    assert started["HOME"] == "/home/someone"
    assert {"kinesis", "lambda", "glue", "emr-serverless", "s3"} <= set(started["SERVICES"].split(","))


def test_a_properties_file_for_spark_is_passed_on_where_there_is_one() -> None:
    settings = read_settings({"EMR_SPARK_DEFAULTS": "/defaults.conf"}, LAYOUT)
    assert environment(LAYOUT, settings, {})["EMR_SPARK_DEFAULTS"] == "/defaults.conf"
    assert "EMR_SPARK_DEFAULTS" not in environment(LAYOUT, read_settings({}, LAYOUT), {})


def test_what_emr_s_image_brings_is_written_where_the_jars_are_there(tmp_path: Path) -> None:
    layout = Layout(tmp_path, tmp_path, tmp_path / "state")
    assert write_defaults(layout) is None
    layout.spark_jars.mkdir(parents=True)
    (layout.spark_jars / "iceberg.jar").touch()
    written = write_defaults(layout)
    assert written == tmp_path / "state" / "spark-defaults.conf"
    assert f"spark.jars {layout.spark_jars / 'iceberg.jar'}\n" in written.read_text()


def test_localstack_finds_its_index_of_aws(tmp_path: Path) -> None:
    """LocalStack looks for the index in `usr/lib/localstack` of its file system, and else makes it at each start."""
    layout = Layout(tmp_path, tmp_path, tmp_path / "state")
    kept = layout.index / "var" / "lib" / "localstack" / "cache" / "service-catalog-4_14_0-1_42_54.dill"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"index")
    layout.python.parent.mkdir(parents=True)
    layout.python.symlink_to("/bin/true")
    for _ in range(2):
        psutil.Process(start(layout, read_settings({}, layout), {}).pid).wait(60)
        forget_ended()
    found = layout.filesystem / "usr" / "lib" / "localstack" / kept.name
    assert found.read_bytes() == b"index"


def test_a_process_is_asked_to_end_and_killed_when_it_does_not() -> None:
    polite = "input()"
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", polite], stdin=subprocess.PIPE) as process:
        assert stop(psutil.Process(process.pid), timeout=60)
    with subprocess.Popen([sys.executable, "-c", deaf], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        assert not stop(psutil.Process(process.pid), timeout=0.2)


def test_the_tail_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert tail(log, 3) == ""
    log.write_text("\n".join(f"line {number}" for number in range(1000)))
    assert tail(log, 2) == "line 998\nline 999"
