"""Templates → files: a folder is read and filled, and what it makes is written, all of it or nothing.

A template is a file below the folder whose name ends with `.template`. Its path and its text are filled: `NAME` in the path is the
value of `name`, and `§key` or `§{key}` in the text is the value of `key`. `§§` is the sign itself.
"""

import json
import os
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coattail_scaffold.errors import ScaffoldError

_SUFFIX: Final = ".template"
_NAME: Final = "NAME"


class _Text(string.Template):
    # Neither Python, Terraform, Docker nor a workflow has this sign.
    delimiter = "§"


@dataclass(frozen=True)
class File:
    """A file to write: `path` is relative to the root."""

    path: Path
    text: str


@dataclass(frozen=True)
class Link:
    """A symbolic link to make: `path` is relative to the root, `target` to the folder of the link."""

    path: Path
    target: Path


def fill(folder: Path, values: Mapping[str, str]) -> list[File]:
    """Return the files of a folder of templates, by path.

    Raises `ScaffoldError` for a template with a key that has no value.
    """
    return [_filled(template, folder, values) for template in sorted(folder.rglob(f"*{_SUFFIX}"))]


def _filled(template: Path, folder: Path, values: Mapping[str, str]) -> File:
    path = str(template.relative_to(folder)).removesuffix(_SUFFIX).replace(_NAME, values["name"])
    try:
        return File(Path(path), _Text(template.read_text()).substitute(values))
    except (KeyError, ValueError) as error:
        raise ScaffoldError(f"{template}: no value for {error}") from error


def write(files: Sequence[File | Link], root: Path) -> None:
    """Write the files and links below `root`. Raises `ScaffoldError`, and writes nothing, where one of them exists."""
    if existing := [str(file.path) for file in files if os.path.lexists(root / file.path)]:
        raise ScaffoldError(f"nothing was written: {', '.join(existing)} exists; remove it or choose another name")
    for file in files:
        target = root / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(file, Link):
            target.symlink_to(file.target)
        else:
            target.write_text(file.text)


def listing(files: Iterable[File | Link], *, as_json: bool) -> str:
    """Return the list of files, for people or for programs."""
    paths = [str(file.path) for file in files]
    return json.dumps({"files": paths}) if as_json else "\n".join(paths)
