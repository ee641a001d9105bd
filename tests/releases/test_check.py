"""`releases check`: green where the code is what is released or names a later version, and never green by a commit that is not there."""

import shutil
from pathlib import Path
from typing import Any

import pytest

ABSENT = "0123456789abcdef0123456789abcdef01234567"


def fails(repository: Any, capsys: pytest.CaptureFixture[str]) -> str:
    """Run the check, which must fail, and return what it says."""
    assert repository.run("check") == 1
    return capsys.readouterr().err


def test_check_released_and_unchanged(released: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert released.run("check") == 0
    assert capsys.readouterr().err == ""


def test_check_changed_without_version(released: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Before it is committed too: it names the file and what to do."""
    released.write("services/writer/src/writer/loop.py", "RATE = 2\n")
    said = fails(released, capsys)

    assert "writer 0.1.0 is released" in said
    assert "services/writer/src/writer/loop.py" in said
    assert "raise the version in services/writer/pyproject.toml" in said
    assert "services/writer/CHANGELOG.md" in said
    released.commit("writer: go faster")
    assert "services/writer/src/writer/loop.py" in fails(released, capsys)


def test_check_file_that_git_does_not_know_yet(released: Any, capsys: pytest.CaptureFixture[str]) -> None:
    released.write("services/writer/src/writer/new.py", "")

    assert "services/writer/src/writer/new.py" in fails(released, capsys)


def test_check_file_removed(released: Any, capsys: pytest.CaptureFixture[str]) -> None:
    (released.root / "services/writer/src/writer/loop.py").unlink()

    assert "services/writer/src/writer/loop.py" in fails(released, capsys)


def test_check_library_changed(released: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A service ships the libraries that it is built with. Its own files are named first."""
    released.write("libs/common/src/common/lines.py", "LIMIT = 2\n")
    released.write("services/writer/src/writer/loop.py", "RATE = 2\n")

    assert "services/writer/src/writer/loop.py, libs/common/src/common/lines.py;" in fails(released, capsys)


@pytest.mark.parametrize("path", ["tests/test_loop.py", "README.md", "CHANGELOG.md"])
def test_check_changed_what_is_not_shipped(released: Any, path: str) -> None:
    text = "# Changelog\n\n## 0.1.0\n\n- In other words.\n" if path == "CHANGELOG.md" else "changed\n"
    released.write(f"services/writer/{path}", text)

    assert released.run("check") == 0


def test_check_changed_with_version(released: Any) -> None:
    released.write("services/writer/src/writer/loop.py", "RATE = 2\n")
    released.name_version("0.1.1")

    assert released.run("check") == 0


def test_check_versions_are_numbers(released: Any) -> None:
    """0.1.10 comes after 0.1.9."""
    released.name_version("0.1.9")
    nine = released.commit("writer: 0.1.9")
    released.enter("0.1.9", nine)
    released.name_version("0.1.10")

    assert released.run("check") == 0


def test_check_version_without_changelog(released: Any, capsys: pytest.CaptureFixture[str]) -> None:
    released.name_version("0.1.1")
    released.write("services/writer/CHANGELOG.md", "# Changelog\n\n## 0.1.0\n")

    assert "services/writer/CHANGELOG.md has no heading '## 0.1.1'" in fails(released, capsys)


def test_check_version_below_the_released(released: Any, capsys: pytest.CaptureFixture[str]) -> None:
    released.name_version("0.0.9")

    assert "writer 0.0.9: 0.1.0 is released" in fails(released, capsys)


def test_check_service_without_a_release(repository: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert repository.run("check") == 0
    assert repository.run("show") == 0
    assert "unreleased  writer 0.1.0: no version is released yet" in capsys.readouterr().out


def test_check_commit_that_is_nowhere(repository: Any, capsys: pytest.CaptureFixture[str]) -> None:
    repository.enter("0.1.0", ABSENT)

    assert f"writer/v0.1.0: no commit {ABSENT} is in this repository" in fails(repository, capsys)


def test_check_commit_beside_the_history(repository: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A rebase leaves such a commit: it is in the clone that made it, and in no other."""
    repository.git("switch", "--quiet", "--create", "aside")
    aside = repository.commit("writer: aside")
    repository.git("switch", "--quiet", "main")
    repository.enter("0.1.0", aside)

    assert "is not in the history of HEAD" in fails(repository, capsys)


def test_check_commit_of_another_version(released: Any, capsys: pytest.CaptureFixture[str]) -> None:
    released.enter("0.1.1", released.git("rev-parse", "HEAD"))

    assert "writer/v0.1.1: the version at commit" in fails(released, capsys)


def test_check_entry_of_no_service(released: Any, capsys: pytest.CaptureFixture[str]) -> None:
    released.enter("0.1.0", released.git("rev-parse", "HEAD"), service="wirter")

    assert "wirter/v0.1.0: there is no such service at commit" in fails(released, capsys)


@pytest.mark.parametrize(
    ("version", "commit", "said"),
    [
        ("0.1.0", "0123abc", "is no whole commit hash"),
        ("first", ABSENT, "is no version like 0.1.0"),
    ],
)
def test_check_entry_that_is_none(
    repository: Any, capsys: pytest.CaptureFixture[str], version: str, commit: str, said: str
) -> None:
    repository.enter(version, commit)

    assert said in fails(repository, capsys)


def test_check_entered_twice(released: Any, capsys: pytest.CaptureFixture[str]) -> None:
    released.enter("0.1.0", released.git("rev-parse", "HEAD"))

    assert "writer/v0.1.0 is entered twice" in fails(released, capsys)


def test_check_shallow_clone(released: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not green: it says what was not checked. With the history it is the check that it is elsewhere."""
    released.write("services/writer/src/writer/loop.py", "RATE = 2\n")
    released.commit("writer: go faster")
    original, released.root = released.root, tmp_path / "shallow"
    released.root.mkdir()
    released.git("clone", "--quiet", "--depth=1", original.as_uri(), ".")

    assert released.run("check") == 0
    assert "NOT CHECKED: writer/v0.1.0 is commit" in capsys.readouterr().err
    assert released.run("enter") == 1
    assert "which this shallow clone lacks; git fetch --unshallow" in capsys.readouterr().err
    released.git("fetch", "--quiet", "--unshallow")
    assert "services/writer/src/writer/loop.py" in fails(released, capsys)


def test_check_no_clone(released: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """An export: said too, and an error to every command that is not the gate."""
    shutil.rmtree(released.root / ".git")

    assert released.run("check") == 0
    assert "NOT CHECKED" in capsys.readouterr().err
    assert released.run("show") == 2
