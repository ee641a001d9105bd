"""What of a package's own code goes into a zip: read from its pyproject.toml, that of local dependencies too."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec


class SourceTree(msgspec.Struct, frozen=True):
    """One package of the repository."""

    name: str
    version: str
    folder: Path
    entry_points: str = ""

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield names in the zip and contents, by name: the package's modules and data, and its metadata (version and entry points).
        Its tests are left out."""
        source = self.folder / "src"
        for path in sorted(source.rglob("*")):
            if path.is_file() and not {"__pycache__", "tests"}.intersection(path.relative_to(source).parts):
                yield path.relative_to(source).as_posix(), path.read_bytes()
        metadata = f"Metadata-Version: 2.1\nName: {self.name}\nVersion: {self.version}\n"
        information = f"{self.name.replace('-', '_')}-{self.version}.dist-info"
        yield f"{information}/METADATA", metadata.encode()
        if self.entry_points:
            yield f"{information}/entry_points.txt", self.entry_points.encode()


def source_trees(folder: Path) -> list[SourceTree]:
    """The package in `folder` and those that `[tool.uv.sources]` says lie beside it, each once.

    Raises `FileNotFoundError` where a folder has no pyproject.toml.
    """
    found: dict[Path, SourceTree] = {}
    waiting = [folder.resolve()]
    while waiting:
        here = waiting.pop()
        if here in found:
            continue
        document = tomllib.loads((here / "pyproject.toml").read_text())
        project = document["project"]
        found[here] = SourceTree(
            project["name"], project["version"], here, _entry_points(project.get("entry-points", {}))
        )
        sources = document.get("tool", {}).get("uv", {}).get("sources", {})
        waiting += [(here / source["path"]).resolve() for source in sources.values() if "path" in source]
    return list(found.values())


def _entry_points(groups: Mapping[str, Mapping[str, str]]) -> str:
    """The text of `entry_points.txt`."""
    return "\n".join(
        line for group, points in groups.items() for line in (f"[{group}]", *(f"{n} = {v}" for n, v in points.items()))
    )
