"""`./task` as a newcomer meets it: what is missing is said in one line, and a command's exit code is its own."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MACOS_STUB = """#!/bin/sh
echo "The operation couldn't be completed. Unable to locate a Java Runtime." >&2
exit 1
"""
OLD = """#!/bin/sh
echo 'openjdk version "11.0.2" 2019-01-15' >&2
"""


def program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return folder


def task(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "task"), *arguments],
        env={name: value for name, value in os.environ.items() if name != "JAVA_HOME"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("java", "found"), [(MACOS_STUB, "none"), (OLD, "11")], ids=["macos", "old"])
def test_task_says_that_java_is_missing(tmp_path: Path, java: str, found: str) -> None:
    """Not only `exit status 127`: an errexit ended the line before its text."""
    folder = program(tmp_path, "java", java)
    done = task("replay", "--", "no-such-file.csv", PATH=f"{folder}:{os.environ['PATH']}")

    assert done.returncode == 2
    assert f"setup: Java 17 or later is missing (java: {found}); set JAVA_HOME to it, or install it" in done.stderr


def test_task_obeys_java_home(tmp_path: Path) -> None:
    program(tmp_path / "bin", "java", OLD)
    done = task("replay", "--", "no-such-file.csv", JAVA_HOME=str(tmp_path))

    assert done.returncode == 2
    assert f"({tmp_path}/bin/java: 11)" in done.stderr


def test_task_says_that_python_is_missing(tmp_path: Path) -> None:
    """The script looked for one by a function named `python`, which called itself."""
    shutil.copy(ROOT / "task", tmp_path / "task")
    shutil.copy(ROOT / "bootstrap.lock", tmp_path / "bootstrap.lock")
    names = ("sh", "dirname", "cmp", "rm", "cp")
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to(str(shutil.which(name)))
    done = subprocess.run(
        [str(tmp_path / "task"), "--list"], env={"PATH": str(folder)}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "Python 3.10 or later (with venv) is missing" in done.stderr


def test_task_exits_with_the_code_of_the_command() -> None:
    """It was 201 for every failure."""
    assert task("replay", "--", "no-such-file.csv").returncode == 2


def test_task_takes_relative_paths_from_where_the_user_stands(tmp_path: Path) -> None:
    """They were taken from the repository."""
    (tmp_path / "mine.csv").write_text("no,trades\n")
    done = subprocess.run(
        [str(ROOT / "task"), "replay", "--", "mine.csv"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "mine.csv" in done.stderr
    assert "no such file" not in done.stderr.lower()
    assert "is not there" not in done.stderr
