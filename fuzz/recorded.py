"""First inputs as exchanges sent them, where the recordings are there."""

import gzip
import re
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[2] / "shared/data"
"""The recordings; see its README. They are no part of the project."""

_LINES: Final = 3_000
_OF_A_SHAPE: Final = 8
_SHAPE_BYTES: Final = 60
_DIGITS: Final = re.compile(rb"[0-9.]+")


def recorded(patterns: tuple[str, ...], most_bytes: int, folder: Path = FOLDER) -> list[bytes]:
    """Some frames of each shape and of at most so many bytes, of the first lines of every file that matches.

    None, and that said, where the folder is missing.
    """
    if patterns and not folder.is_dir():
        sys.stderr.write(f"fuzz: {folder} is not there: first inputs are the simulator's alone\n")
        return []
    found: list[bytes] = []
    shapes: Counter[bytes] = Counter()
    for pattern in patterns:
        for path in sorted(folder.glob(pattern)):
            for frame in islice(_frames(path), _LINES):
                shape = _DIGITS.sub(b"", frame)[:_SHAPE_BYTES]
                shapes[shape] += 1
                if shapes[shape] <= _OF_A_SHAPE and len(frame) <= most_bytes:
                    found.append(frame)
    return found


def _frames(path: Path) -> Iterator[bytes]:
    """Each line from its first brace on: before it stands when it was received, in ways that differ."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        for line in lines:
            brace = line.find(b"{")
            if brace >= 0:
                yield line[brace:].strip()
