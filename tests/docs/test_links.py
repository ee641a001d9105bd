"""Every link and every path that a document names leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

_LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_QUOTED: Final = re.compile(r"`([^`\n]+)`")
_TOP: Final = (
    "libs/",
    "services/",
    "tools/",
    "infra/",
    "docs/",
    "tests/",
    "config/",
    "benchmarks/",
    ".github/",
    ".ci/",
)
_FENCED: Final = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PLAIN: Final = re.compile(r"[\w./-]+")


def _targets(document: Any) -> Iterator[tuple[str, str]]:
    for target in _LINK.findall(document.prose):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            yield path, anchor


def test_every_relative_link_resolves(documents: list[Any]) -> None:
    by_path = {one.path: one for one in documents}
    broken = []
    for document in documents:
        for path, anchor in _targets(document):
            target = (document.path.parent / path).resolve() if path else document.path
            if not target.exists() or (anchor and target in by_path and anchor not in by_path[target].anchors):
                broken.append(f"{document.name}: {path}#{anchor}")

    assert broken == []


def test_every_path_that_is_quoted_exists(documents: list[Any], root: Path) -> None:
    missing = [
        f"{document.name}: {quoted}"
        for document in documents
        for quoted in _QUOTED.findall(document.prose)
        if quoted.startswith(_TOP)
        and _PLAIN.fullmatch(quoted)
        and not (root / quoted).exists()
        and not (document.path.parent / quoted).exists()
    ]

    assert missing == []


def test_every_path_in_a_command_exists(documents: list[Any], root: Path) -> None:
    missing = [
        f"{document.name}: {word}"
        for document in documents
        for commands in _FENCED.findall(document.text)
        for word in commands.split()
        if word.startswith(_TOP) and _PLAIN.fullmatch(word) and not (root / word).exists()
    ]

    assert missing == []


def test_every_document_of_docs_is_led_to(documents: list[Any], root: Path) -> None:
    """From the README, link by link."""
    by_path = {one.path: one for one in documents}
    reached: set[Path] = set()
    waiting = [root / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in reached or path not in by_path:
            continue
        reached.add(path)
        waiting += [(path.parent / target).resolve() for target, _ in _targets(by_path[path]) if target]

    assert {one.name for one in documents if one.name.startswith("docs/") and one.path not in reached} == set()
