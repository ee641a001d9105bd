"""The decisions: numbered without a hole, whole, listed, one page each."""

import re
from pathlib import Path
from typing import Any, Final

_PARTS: Final = ["Context", "Decision", "Consequences", "Alternatives considered"]
_LINES_OF_A_PAGE: Final = 80


def _records(documents: list[Any]) -> list[Any]:
    return sorted((one for one in documents if re.match(r"docs/adr/\d{4}-", one.name)), key=lambda one: one.name)


def test_they_are_numbered_from_one_without_a_hole(documents: list[Any]) -> None:
    records = _records(documents)
    numbers = [int(one.path.name[:4]) for one in records]

    assert numbers == list(range(1, len(records) + 1))
    assert [one.path.name for one in records if not one.text.startswith(f"# {one.path.name[:4]} ")] == []


def test_each_has_a_status_and_its_parts_and_fits_a_page(documents: list[Any]) -> None:
    for one in [*_records(documents), *(one for one in documents if one.name == "docs/adr/template.md")]:
        assert re.search(r"^Status: (proposed|accepted|replaced by \d{4})", one.text, re.MULTILINE), one.name
        assert re.findall(r"^## (.+)$", one.text, re.MULTILINE) == _PARTS, one.name
        assert len(one.text.splitlines()) <= _LINES_OF_A_PAGE, one.name


def test_each_is_listed_under_its_title(documents: list[Any], root: Path) -> None:
    listed = (root / "docs/adr/README.md").read_text()
    titles = {one.path.name: one.text.splitlines()[0][len("# 0000 ") :] for one in _records(documents)}

    assert {name for name, title in titles.items() if f"[{name[:4]}]({name}) | {title} |" not in listed} == set()
