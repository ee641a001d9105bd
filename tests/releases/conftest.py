"""A repository of one service and one library, with a history, as the tests of releases change it."""

import os
import subprocess
from pathlib import Path

import pytest
from releases.__main__ import main
from releases.entries import Entry, render

_ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    **{f"GIT_{who}_NAME": "Tester" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "tester@example.org" for who in ("AUTHOR", "COMMITTER")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


class Repository:
    """Service `writer` 0.1.0, built with library `common`. Nothing is released in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("services/writer/src/writer/loop.py", "RATE = 1\n")
        self.write("services/writer/tests/test_loop.py", "")
        self.write("services/writer/README.md", "")
        self.write("libs/common/src/common/lines.py", "LIMIT = 1\n")
        self.write("libs/common/pyproject.toml", '[project]\nname = "coattail-common"\nversion = "0.3.0"\n')
        self.name_version("0.1.0")
        self.write("releases.toml", "# What is released.\n")
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("writer: begin")

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def name_version(self, version: str) -> None:
        source = '[tool.uv.sources]\ncoattail-common = { path = "../../libs/common", editable = true }\n'
        project = (
            f'[project]\nname = "writer"\nversion = "{version}"\ndependencies = ["coattail-common>=0.1", "boto3"]\n'
        )
        self.write("services/writer/pyproject.toml", project + source)
        self.write("services/writer/CHANGELOG.md", f"# Changelog\n\n## {version}\n\n- A change.\n")

    def commit(self, message: str) -> str:
        """Commit everything. Returns the hash."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def enter(self, version: str, commit: str, service: str = "writer") -> None:
        """Add an entry by hand."""
        with (self.root / "releases.toml").open("a") as file:
            file.write(render([Entry(service, version, commit)]))

    def run(self, *arguments: str) -> int:
        """Run `python -m releases` on it. Returns the exit code."""
        return main(arguments, self.root)

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, env=_ENVIRONMENT, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    for name, value in _ENVIRONMENT.items():
        if name.startswith("GIT_"):
            monkeypatch.setenv(name, value)
    return Repository(tmp_path / "repository")


@pytest.fixture
def released(repository: Repository) -> Repository:
    """The same, with version 0.1.0 released as it is."""
    repository.enter("0.1.0", repository.git("rev-parse", "HEAD"))
    repository.commit("releases: enter writer 0.1.0")
    return repository
