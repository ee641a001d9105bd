import os
import subprocess
import sys
from pathlib import Path

from local_cloud.drivers import RUN_MARK, driver_pid, driver_tree, end_leftovers, leftovers

WITH_CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1, flush=True); input()'])"


def test_a_pid_is_read_from_the_run_s_folder(tmp_path: Path) -> None:
    assert driver_pid(tmp_path, "run") is None
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "driver.pid").write_text("42\n")
    assert driver_pid(tmp_path, "run") == 42


def test_a_tree_is_the_driver_and_its_session_and_what_is_left_of_a_run_is_ended(tmp_path: Path) -> None:
    (tmp_path / "run-1").mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", WITH_CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, RUN_MARK: "run-1"},
    ) as process:
        assert process.stdout
        process.stdout.readline()
        tree = driver_tree(process.pid)
        assert tree[0] == process.pid
        assert len(tree) == 2
        left = leftovers(tmp_path)
        assert {member.pid for member in left} == set(tree)
        end_leftovers(tmp_path, 5, lambda _line: None)
    assert leftovers(tmp_path) == []


def test_other_runs_are_left_alone(tmp_path: Path) -> None:
    assert leftovers(tmp_path / "nothing") == []
