"""`releases.toml`: one entry for each release of a service, oldest first. Entries are added and never changed."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from packaging.version import InvalidVersion, Version

from releases.errors import ReleasesError

FILE: Final = "releases.toml"
"""Its path from the repository's root."""
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_VERSION: Final = re.compile(r"\d+\.\d+\.\d+")


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One release: the commit whose tree is this version of the service."""

    service: str
    version: str
    commit: str

    @property
    def tag(self) -> str:
        """The tag's name, e.g. `kinesis-writer/v0.1.4`."""
        return f"{self.service}/v{self.version}"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    release: tuple[Entry, ...] = ()


def parse(text: str) -> tuple[Entry, ...]:
    """Return the entries in the order of the file. Raises `ReleasesError` for what is no release, or is entered twice."""
    try:
        entries = msgspec.convert(tomllib.loads(text), _File).release
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ReleasesError(f"{FILE}: {error}") from error
    seen: set[str] = set()
    for entry in entries:
        if not _VERSION.fullmatch(entry.version):
            raise ReleasesError(f"{FILE}: {entry.service}: {entry.version!r} is no version like 0.1.0")
        if not _COMMIT.fullmatch(entry.commit):
            raise ReleasesError(f"{FILE}: {entry.tag}: {entry.commit!r} is no whole commit hash (40 hex digits)")
        if entry.tag in seen:
            raise ReleasesError(f"{FILE}: {entry.tag} is entered twice; a version is released once")
        seen.add(entry.tag)
    return entries


def latest(entries: Iterable[Entry]) -> Mapping[str, Entry]:
    """Return the entry of the highest version of each service."""
    return {entry.service: entry for entry in sorted(entries, key=lambda entry: Version(entry.version))}


def later(version: str, than: str) -> bool:
    """Tell whether `version` comes after `than`. Raises `ReleasesError` when `version` is none."""
    try:
        return Version(version) > Version(than)
    except InvalidVersion as error:
        raise ReleasesError(f"{version!r} is no version like 0.1.0") from error


def render(entries: Sequence[Entry]) -> str:
    """Return the lines to append to the file for `entries`."""
    return "".join(
        f'\n[[release]]\nservice = "{entry.service}"\nversion = "{entry.version}"\ncommit = "{entry.commit}"\n'
        for entry in entries
    )
