"""What a new connector takes from one that is there: files that all connectors have alike, but for the name, and links.

Files are copied, and are no templates, so that pinned versions, paths and limits are those of today.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from coattail_scaffold.rendering import File, Link

NEIGHBOUR: Final = "kraken"
_SERVICE: Final = f"services/ingest-{NEIGHBOUR}"
_STACK: Final = f"infra/stacks/ingest-{NEIGHBOUR}"
_COPIED: Final[Mapping[str, tuple[str, ...]]] = {
    f"{_SERVICE}/pyproject.toml": (f"{_SERVICE}/pyproject.toml",),
    f"{_SERVICE}/Dockerfile": (f"{_SERVICE}/Dockerfile",),
    f"{_SERVICE}/requirements.lock": (f"{_SERVICE}/requirements.lock",),
    f".github/workflows/ingest-{NEIGHBOUR}.yml": (f".github/workflows/ingest-{NEIGHBOUR}.yml",),
    f"{_STACK}/main.tf": (f"{_STACK}/main.tf",),
}
"""Each file, and those of the neighbour that it is put together of."""
_PORT: Final = re.compile(r"health_port=(\d+)")
_FIRST_VERSION: Final = "0.1.0"


def copied(root: Path, name: str, title: str, port: int) -> list[File]:
    """Return the neighbour's files under the exchange's name."""
    version = tomllib.loads((root / _SERVICE / "pyproject.toml").read_text())["project"]["version"]
    words = {
        NEIGHBOUR: name,
        NEIGHBOUR.title(): title,
        NEIGHBOUR.upper(): name.upper(),
        f'"{version}"': f'"{_FIRST_VERSION}"',
        f"health_port = {_port_of(root, NEIGHBOUR)}": f"health_port = {port}",
    }
    return [
        File(Path(_renamed(path, words)), _renamed("\n".join(_texts(root, parts)), words))
        for path, parts in _COPIED.items()
    ]


def linked(root: Path, name: str) -> list[Link]:
    """Return the links of the neighbour's stack: what every stack of a connector has, they lead to."""
    links = [path for path in sorted((root / _STACK).iterdir()) if path.is_symlink()]
    return [Link(Path(f"infra/stacks/ingest-{name}") / path.name, path.readlink()) for path in links]


def free_port(root: Path) -> int:
    """Return a port for health probes that no connector has."""
    names = [path.name.removeprefix("ingest-") for path in (root / "services").glob("ingest-*")]
    return max(_port_of(root, name) for name in names) + 1


def _port_of(root: Path, name: str) -> int:
    venue = (root / "services" / f"ingest-{name}" / "src" / f"ingest_{name}" / "venue.py").read_text()
    found = _PORT.search(venue)
    return int(found[1]) if found else 0


def _texts(root: Path, paths: tuple[str, ...]) -> list[str]:
    return [(root / path).read_text() for path in paths if (root / path).exists()]


def _renamed(text: str, words: Mapping[str, str]) -> str:
    for word, ours in words.items():
        text = text.replace(word, ours)
    return text
