"""Templates become files, all or none."""

import json
from pathlib import Path

import pytest

from coattail_scaffold.errors import ScaffoldError
from coattail_scaffold.rendering import File, fill, listing, write


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    folder = tmp_path / "templates"
    (folder / "a-NAME").mkdir(parents=True)
    (folder / "a-NAME" / "x.txt.template").write_text("§title, ${kept}, §§ and §{name}s\n")
    (folder / "notes.txt").write_text("no template")
    return folder


def test_fill_fills_paths_and_texts(templates: Path) -> None:
    assert fill(templates, {"name": "corner", "title": "Corner"}) == [
        File(Path("a-corner/x.txt"), "Corner, ${kept}, § and corners\n")
    ]


def test_fill_names_a_key_without_value(templates: Path) -> None:
    with pytest.raises(ScaffoldError, match=r"x\.txt\.template: no value for 'title'"):
        fill(templates, {"name": "corner"})


def test_write_makes_folders(tmp_path: Path) -> None:
    write([File(Path("a/b/c.txt"), "c")], tmp_path)

    assert (tmp_path / "a/b/c.txt").read_text() == "c"


def test_write_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("mine")
    with pytest.raises(ScaffoldError, match=r"nothing was written: b\.txt exists"):
        write([File(Path("a.txt"), "a"), File(Path("b.txt"), "b")], tmp_path)

    assert not (tmp_path / "a.txt").exists()
    assert (tmp_path / "b.txt").read_text() == "mine"


def test_listing_is_for_people_or_programs() -> None:
    files = [File(Path("a"), ""), File(Path("b"), "")]

    assert listing(files, as_json=False) == "a\nb"
    assert json.loads(listing(files, as_json=True)) == {"files": ["a", "b"]}
