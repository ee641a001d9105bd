"""Builds a zip: the packages of a lock once for each lock, then the repository's own code on top, which takes no time.

Limits: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from local_cloud.errors import CloudError

from .platform import Platform
from .sources import source_trees

Report = Callable[[str], None]

MAX_UNPACKED_BYTES = 250 * 1024 * 1024

# Zips hold a time for each file; one that never changes makes the same content the same zip.
_TIME = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16

# More takes several times as long and saves a few percent.
_COMPRESSION_LEVEL = 1


class PackageError(CloudError):
    """A package cannot be built, or Lambda would not take it."""


def build(service: Path, platform: Platform, cache: Path, uv: Path, report: Report) -> Path:
    """The zip of the service in folder `service`, in `cache`; from there, where nothing has changed.

    Raises `PackageError`.
    """
    if not (service / "requirements.lock").exists():
        raise PackageError(f"{service} has no requirements.lock: is it a service, and did `./task locks` run?")
    dependencies = _dependencies(service, platform, cache, uv, report)
    own = [file for tree in source_trees(service) for file in tree.files()]
    digest = hashlib.sha256(dependencies.name.encode())
    for name, content in own:
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    target = cache / f"{service.name}-{digest.hexdigest()[:16]}.zip"
    if not target.exists():
        report(f"packing {service.name}")
        draft = _draft(cache)
        shutil.copyfile(dependencies, draft)
        with zipfile.ZipFile(draft, "a") as package:
            for name, content in own:
                _add(package, name, content)
        _require_accepted(service.name, draft)
        draft.replace(target)
    return target


def _dependencies(service: Path, platform: Platform, cache: Path, uv: Path, report: Report) -> Path:
    lock = (service / "requirements.lock").read_bytes()
    digest = hashlib.sha256(platform.fingerprint.encode() + b"\0" + lock).hexdigest()[:16]
    target = cache / f"dependencies-{digest}.zip"
    if target.exists():
        return target
    report(f"packing what {service.name} depends on (once for each lock)")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        _install(service / "requirements.lock", platform, Path(folder), uv)
        draft = _draft(cache)
        with zipfile.ZipFile(draft, "w") as package:
            for path in sorted(Path(folder).rglob("*")):
                name = path.relative_to(folder)
                if path.is_file() and "__pycache__" not in name.parts and name.parts[0] not in {"bin", ".lock"}:
                    _add(package, name.as_posix(), path.read_bytes())
    draft.replace(target)
    return target


def _install(lock: Path, platform: Platform, folder: Path, uv: Path) -> None:
    words = [str(uv), "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--requirements", str(lock)]
    python = ["--python", sys.executable] if platform is Platform.HOST else ["--python-version", "3.13"]
    done = subprocess.run(
        [*words, *python, *platform.words, "--target", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise PackageError(f"the packages of {lock} could not be had for {platform}:\n{done.stderr.strip()}")


def _add(package: zipfile.ZipFile, name: str, content: bytes) -> None:
    member = zipfile.ZipInfo(name, _TIME)
    member.external_attr = _READABLE
    package.writestr(member, content, zipfile.ZIP_DEFLATED, _COMPRESSION_LEVEL)


def _require_accepted(service: str, path: Path) -> None:
    with zipfile.ZipFile(path) as package:
        unpacked = sum(member.file_size for member in package.infolist())
    if unpacked > MAX_UNPACKED_BYTES:
        path.unlink()
        raise PackageError(
            f"the package of {service} has {unpacked} bytes unpacked and Lambda takes {MAX_UNPACKED_BYTES}: "
            f"take dependencies away, or deploy it as a container image"
        )


def _draft(cache: Path) -> Path:
    with tempfile.NamedTemporaryFile(dir=cache, suffix=".part", delete=False) as file:
        return Path(file.name)
