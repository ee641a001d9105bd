"""The project's documents, as the tests of documents read them."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

ROOT: Final = Path(__file__).parents[2]
_FENCE: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)
_NOT_IN_ANCHORS: Final = re.compile(r"[^\w\- ]")


class Document(msgspec.Struct, frozen=True):
    """A Markdown file of the project; `name` is its path from the root."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def prose(self) -> str:
        """The text without its fenced blocks."""
        return _FENCE.sub("", self.text)

    @property
    def anchors(self) -> frozenset[str]:
        """What a link to one of its headings may end with."""
        headings = (heading.replace("`", "") for heading in _HEADING.findall(self.prose))
        return frozenset(_NOT_IN_ANCHORS.sub("", one.lower()).strip().replace(" ", "-") for one in headings)

    def tables(self, first: str) -> Iterator[list[str]]:
        """The first cells of the rows of each table whose first header is `first`."""
        rows = re.compile(rf"^\| *{re.escape(first)} *\|.*\n\|[-| ]+\n((?:\|.*\n?)+)", re.MULTILINE)
        for block in rows.findall(self.text):
            yield [line.split("|")[1].strip() for line in block.splitlines()]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def project_files() -> list[Path]:
    """Every file that belongs to the project: tracked, or not tracked yet and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.fixture(scope="session")
def documents(project_files: list[Path]) -> list[Document]:
    return [Document(path, path.read_text()) for path in project_files if path.suffix == ".md"]


@pytest.fixture(scope="session")
def tasks() -> frozenset[str]:
    """The tasks that can be called from outside."""
    taskfile: dict[str, Any] = msgspec.yaml.decode((ROOT / "Taskfile.yml").read_bytes())
    return frozenset(name for name, task in taskfile["tasks"].items() if not task.get("internal"))
