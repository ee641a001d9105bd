"""What the commands have in common: where they write, what they print, and how they end."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from coattail_scaffold.errors import ScaffoldError
from coattail_scaffold.rendering import File, Link, listing, write

_ROOT: Final = Path(__file__).parents[4]
_REFUSED: Final = 2


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command has."""
    parser.add_argument("--root", type=Path, default=_ROOT, help="the repository; default: this one")
    parser.add_argument("--dry-run", action="store_true", help="list the files, and write none")
    parser.add_argument("--json", action="store_true", help="the list as JSON")


def carry_out(
    kind: str, options: argparse.Namespace, files: Callable[[], Sequence[File | Link]], following: str
) -> int:
    """Write the files and list them, and say what follows. Return 0, or 2 where they cannot be made or written."""
    try:
        made = files()
        if not options.dry_run:
            write(made, options.root)
    except ScaffoldError as error:
        sys.stderr.write(f"{kind}: {error}\n")
        return _REFUSED
    sys.stdout.write(listing(made, as_json=options.json) + "\n")
    if not (options.json or options.dry_run):
        sys.stdout.write(following)
    return 0
