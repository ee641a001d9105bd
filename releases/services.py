"""The services as the tree has them now: version, changelog, and the files that each ships."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from packaging.requirements import Requirement

# A package's tests, README and changelog run nowhere. A library's lock is for its own tests: the service's lock is what is installed.
_OF_A_SERVICE: Final = ("src", "pyproject.toml", "requirements.lock", "Dockerfile")
_OF_A_LIBRARY: Final = ("src", "pyproject.toml")


class Service(msgspec.Struct, frozen=True):
    """A package below `services/`. `ships` are paths from the root: its own, and those of our libraries that are built into it."""

    name: str
    version: str
    ships: tuple[str, ...]
    changelog: str

    @property
    def folder(self) -> str:
        return f"services/{self.name}"

    @property
    def describes_its_version(self) -> bool:
        """Whether the changelog has a heading for the version."""
        return f"## {self.version}" in self.changelog.splitlines()


def read(root: Path) -> tuple[Service, ...]:
    """Return every service below `root`, by name."""
    return tuple(_read(root, path.parent) for path in sorted(root.glob("services/*/pyproject.toml")))


def version_of(pyproject: str) -> str:
    """Return the version in the text of a `pyproject.toml`."""
    version: str = tomllib.loads(pyproject)["project"]["version"]
    return version


def _read(root: Path, folder: Path) -> Service:
    changelog = folder / "CHANGELOG.md"
    own = folder.relative_to(root).as_posix()
    libraries = sorted({library.relative_to(root).as_posix() for library in _libraries(folder)})
    return Service(
        name=folder.name,
        version=version_of((folder / "pyproject.toml").read_text()),
        ships=(
            *(f"{own}/{part}" for part in _OF_A_SERVICE),
            *(f"{library}/{part}" for library in libraries for part in _OF_A_LIBRARY),
        ),
        changelog=changelog.read_text() if changelog.is_file() else "",
    )


def _libraries(folder: Path) -> Iterator[Path]:
    """Yield the folders of our packages that `folder` depends on, and those that they depend on."""
    project: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text())
    sources = project.get("tool", {}).get("uv", {}).get("sources", {})
    for line in project["project"].get("dependencies", ()):
        source = sources.get(Requirement(line).name, {})
        if "path" in source:
            library = (folder / source["path"]).resolve()
            yield library
            yield from _libraries(library)
