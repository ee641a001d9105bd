"""`exchange NAME`: a connector, the exchange in the simulator, a stack and a workflow, which pass the suite of all connectors."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from coattail_scaffold import neighbour
from coattail_scaffold.command import add_options, carry_out
from coattail_scaffold.errors import ScaffoldError
from coattail_scaffold.rendering import File, Link, fill

_TEMPLATES: Final = Path(__file__).parent / "templates" / "exchange"
_NAME: Final = re.compile(r"[a-z]+")
_TITLE: Final = re.compile(r"[\w.& -]+")
_NEXT: Final = """
next:
  ./task setup
  ./task test:unit -- services/ingest-{name} -k conformance
then docs/adding-an-exchange.md: what to find out, and what to change
"""


def files(root: Path, name: str, title: str) -> list[File | Link]:
    """Return what a new exchange begins with, by path. Raises `ScaffoldError` for a name or title that no exchange can have."""
    if not _NAME.fullmatch(name):
        raise ScaffoldError(f"{name!r} is no name of an exchange: write it in small letters a to z, as 'kraken'")
    if not _TITLE.fullmatch(title):
        raise ScaffoldError(f"--title {title!r}: write letters, digits, spaces and .&- alone")
    port = neighbour.free_port(root)
    values = {
        "name": name,
        "title": title,
        "class_name": name.title(),
        "prefix": f"INGEST_{name.upper()}_",
        "port": str(port),
    }
    made: list[File | Link] = [*fill(_TEMPLATES, values), *neighbour.copied(root, name, title, port)]
    made += neighbour.linked(root, name)
    return sorted(made, key=lambda file: file.path)


def main(words: Sequence[str]) -> int:
    """Write the files and list them. Return 0, or 2 where they cannot be written."""
    options = _parser().parse_args(words)
    title = options.title or options.name.title()
    return carry_out(
        "exchange", options, lambda: files(options.root, options.name, title), _NEXT.format(name=options.name)
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m coattail_scaffold exchange", description="Write the files that a new exchange begins with."
    )
    parser.add_argument("name", metavar="NAME", help="the exchange's name in trades: small letters, as kraken")
    parser.add_argument("--title", help="its name for people; default: NAME with a capital")
    add_options(parser)
    return parser
