"""What of a package's own code goes into a zip: read from its pyproject.toml, that of local dependencies too."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec


class SourceTree(msgspec.Struct, frozen=True):
    """One package of the repository."""

    name: str
    version: str
    folder: Path

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Names in the zip and contents, by name: the package's modules and data, and the metadata that tells its version."""
        source = self.folder / "src"
        for path in sorted(source.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(source).as_posix(), path.read_bytes()
        metadata = f"Metadata-Version: 2.1\nName: {self.name}\nVersion: {self.version}\n"
        yield f"{self.name.replace('-', '_')}-{self.version}.dist-info/METADATA", metadata.encode()


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
        found[here] = SourceTree(project["name"], project["version"], here)
        sources = document.get("tool", {}).get("uv", {}).get("sources", {})
        waiting += [(here / source["path"]).resolve() for source in sources.values() if "path" in source]
    return list(found.values())
