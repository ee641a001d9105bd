"""`module NAME`: the folder of a detector that counts trades, for its writer to change, and a payload of its alert."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from coattail_scaffold.command import add_options, carry_out
from coattail_scaffold.errors import ScaffoldError
from coattail_scaffold.rendering import File, fill

_TEMPLATES: Final = Path(__file__).parent / "templates" / "module"
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_ID: Final = re.compile(r'module_id="(MOD-\d{3})"')
_LONGEST: Final = 24
"""With more, lines of the templates are longer than the formatter leaves them."""
_NEXT: Final = """
next:
  add {module} to modules in config/tiers/{tier}.yaml, and {name} with its defaults to config/features.yaml
  ./task generate
  ./task test:unit -- {folder} tests/contract tests/docs
then docs/adding-a-detector.md: what a detector sees, and what it gives back
"""
_MODULES: Final = "libs/detectors/src/coattail_detectors/modules"


def files(root: Path, module: str, tier: str, description: str, module_id: str | None = None) -> list[File]:
    """Return what a new module begins with, by path. Without an id it has the one after the highest that there is.

    Raises `ScaffoldError` for a name that no module can have, and an id that another one has.
    """
    if not _NAME.fullmatch(module) or len(module) > _LONGEST:
        raise ScaffoldError(
            f"{module!r} is no name of a module: write it in small letters, parted by hyphens, as 'whale-detector', "
            f"{_LONGEST} at most"
        )
    ids = sorted(_ids(root))
    if module_id in ids:
        raise ScaffoldError(f"{module_id} is another module's; there are {', '.join(ids)}")
    name = module.replace("-", "_")
    words = {
        "name": name,
        "module_name": module,
        "module_id": module_id or f"MOD-{max((int(one[4:]) for one in ids), default=0) + 1:03}",
        "class_name": "".join(part.title() for part in module.split("-")),
        "tier": tier,
        "description": description,
    }
    return fill(_TEMPLATES, words)


def main(words: Sequence[str]) -> int:
    """Write the files and list them. Return 0, or 2 where they cannot be written."""
    options = _parser().parse_args(words)
    name = options.name.replace("-", "_")
    return carry_out(
        "module",
        options,
        lambda: files(options.root, options.name, options.tier, options.description, options.id),
        _NEXT.format(module=options.name, name=name, tier=options.tier, folder=f"{_MODULES}/{name}"),
    )


def _ids(root: Path) -> set[str]:
    return {found for path in (root / _MODULES).glob("*/module.py") for found in _ID.findall(path.read_text())}


def _an_id(text: str) -> str:
    if not re.fullmatch(r"MOD-\d{3}", text):
        raise argparse.ArgumentTypeError(f"{text} is no id of a module, as MOD-012")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m coattail_scaffold module", description="Write the files that a new module begins with."
    )
    parser.add_argument("name", metavar="NAME", help="the module's name: small letters and hyphens, as whale-detector")
    parser.add_argument("--id", type=_an_id, help="its id, as MOD-012; default: the one after the highest")
    parser.add_argument("--tier", choices=("small", "medium", "large"), default="small", help="default: small")
    parser.add_argument("--description", default="Windows with many trades", help="what it finds, as a phrase")
    add_options(parser)
    return parser
