"""A release: `enter` writes the commit that is checked out, `tag` makes the tags of the file."""

from typing import Any

import pytest


def test_enter_names_the_commit_of_the_version(released: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole way of a change: version, release, entry, and the next change is seen."""
    released.write("services/writer/src/writer/loop.py", "RATE = 2\n")
    released.name_version("0.1.1")
    commit = released.commit("writer: go faster")
    assert released.run("enter") == 0
    assert capsys.readouterr().out == f"writer/v0.1.1 {commit}\n"
    released.commit("releases: enter writer 0.1.1")

    assert released.run("show") == 0
    assert "released    writer 0.1.1: released as writer/v0.1.1" in capsys.readouterr().out
    assert released.run("enter") == 0
    assert capsys.readouterr().out == ""
    released.write("services/writer/src/writer/loop.py", "RATE = 3\n")
    assert released.run("check") == 1


def test_enter_first_release(repository: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert repository.run("enter", "writer") == 0
    assert capsys.readouterr().out.startswith("writer/v0.1.0 ")


def test_enter_wants_commits(released: Any, capsys: pytest.CaptureFixture[str]) -> None:
    released.name_version("0.1.1")

    assert released.run("enter") == 1
    assert "commit first" in capsys.readouterr().err


def test_enter_nothing_to_release(released: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert released.run("enter", "writer") == 1
    assert "nothing to release of writer" in capsys.readouterr().err


def test_tag_makes_the_tags_of_the_file(released: Any, capsys: pytest.CaptureFixture[str]) -> None:
    commit = released.git("rev-parse", "HEAD~1")
    assert released.run("tag") == 0
    assert capsys.readouterr().out == f"writer/v0.1.0 {commit}\n"
    assert released.git("tag") == ""

    assert released.run("tag", "--make") == 0
    assert released.git("rev-parse", "writer/v0.1.0^{commit}") == commit
    capsys.readouterr()
    assert released.run("tag", "--make") == 0
    assert capsys.readouterr().out == ""


def test_tag_is_never_moved(released: Any, capsys: pytest.CaptureFixture[str]) -> None:
    released.git("tag", "writer/v0.1.0", "HEAD")

    assert released.run("tag", "--make") == 1
    assert "a tag is never moved" in capsys.readouterr().err
