"""The npm package that carries the AWS provider's schema: fetched once, verified, read without being unpacked.

Its TypeScript bindings are generated from the provider's own schema. Each compiled `index.js` holds its TypeScript
source in the inline source map; that source says of every attribute whether it is computed, optional or required.
"""

import base64
import hashlib
import json
import os
import re
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.offline.errors import SetupError

_SOURCE_MAP = "sourceMappingURL=data:application/json;base64,"
_MODULE = re.compile(r"package/lib/[\w-]+/index\.js")


@dataclass(frozen=True)
class SchemaPackage:
    """The pinned package, and the provider version whose schema it carries."""

    package: str
    version: str
    provider_version: str
    integrity: str

    @classmethod
    def read(cls, path: Path) -> "SchemaPackage":
        """Read the pin from its JSON file."""
        pin = json.loads(path.read_text())
        return cls(pin["package"], pin["version"], pin["provider_version"], pin["integrity"])


def fetch(pin: SchemaPackage, directory: Path) -> Path:
    """Return the verified archive in `directory`, fetching it when it is not there.

    Raises SetupError when npm cannot fetch it or its SHA-512 is not the recorded one.
    """
    directory.mkdir(parents=True, exist_ok=True)
    archive = directory / f"{pin.package.strip('@').replace('/', '-')}-{pin.version}.tgz"
    if not archive.exists():
        command = ["npm", "pack", f"{pin.package}@{pin.version}", "--pack-destination", str(directory), "--silent"]
        environment = {**os.environ, "npm_config_cache": str(directory / "npm-cache")}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or ["no message"]
            raise SetupError(f"npm could not fetch {pin.package}@{pin.version} ({lines[-1]}). Try: {' '.join(command)}")
    if integrity_of(archive) != pin.integrity:
        raise SetupError(f"{archive.name} is not the recorded package (its SHA-512 differs). Try: rm {archive}")
    return archive


def integrity_of(archive: Path) -> str:
    """The integrity string of a file, in npm's notation."""
    with archive.open("rb") as file:
        return "sha512-" + base64.b64encode(hashlib.file_digest(file, "sha512").digest()).decode()


def require_provider_version(pin: SchemaPackage, archive: Path) -> None:
    """Raise SetupError unless the package says that it carries the provider version of the pin."""
    with tarfile.open(archive) as package:
        file = package.extractfile("package/package.json")
        said = json.load(file)["cdktn"]["provider"]["version"] if file else None
    if said != pin.provider_version:
        raise SetupError(
            f"{pin.package}@{pin.version} carries provider {said}, and the pin says {pin.provider_version}"
        )


def typescript_sources(archive: Path) -> Iterator[str]:
    """Yield the TypeScript source of each resource, data source and of the provider."""
    with tarfile.open(archive) as package:
        for member in package:
            if not _MODULE.fullmatch(member.name):
                continue
            file = package.extractfile(member)
            if file is not None:
                yield _embedded_source(file.read().decode())


def _embedded_source(javascript: str) -> str:
    encoded = javascript[javascript.rindex(_SOURCE_MAP) + len(_SOURCE_MAP) :].strip()
    source: str = json.loads(base64.b64decode(encoded))["sourcesContent"][0]
    return source
