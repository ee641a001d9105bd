"""Whether the code is what is released, or says by its version that it is not."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

from releases.entries import FILE, Entry, later, latest
from releases.history import History
from releases.services import Service, version_of

_FILES_NAMED: Final = 5


class State(StrEnum):
    """How a service, or an entry, stands."""

    RELEASED = "released"
    """What it ships is what the release ships."""
    UNRELEASED = "unreleased"
    """Its version is later than the released one, or none is released yet."""
    UNKNOWN = "not checked"
    """This clone lacks the commit."""
    WRONG = "wrong"


class Finding(msgspec.Struct, frozen=True):
    """What the check found of one service: `text` says it in full and, where it is wrong, what to do."""

    service: str
    state: State
    text: str


def check(services: Iterable[Service], entries: Iterable[Entry], history: History) -> list[Finding]:
    """Compare every service with its latest release, and every entry with its commit."""
    entries = tuple(entries)
    findings = [finding for entry in entries if (finding := _check_entry(entry, history))]
    doubtful = {finding.service for finding in findings}
    released = latest(entries)
    for service in services:
        if not service.describes_its_version:
            findings.append(_wrong(service.name, _undescribed(service)))
        elif service.name not in doubtful:
            findings.append(_check_service(service, released.get(service.name), history))
    return findings


def _check_entry(entry: Entry, history: History) -> Finding | None:
    if not history.has(entry.commit):
        if history.is_cut:
            missing = f"{entry.tag} is commit {entry.commit}, which this shallow clone lacks; git fetch --unshallow"
            return Finding(entry.service, State.UNKNOWN, missing)
        return _wrong(entry.service, f"{FILE}: {entry.tag}: no commit {entry.commit} is in this repository")
    # A shallow clone may have the commit and not the way to it.
    if not history.is_cut and not history.leads_to_head(entry.commit):
        return _wrong(entry.service, f"{FILE}: {entry.tag}: commit {entry.commit} is not in the history of HEAD")
    text = history.text_at(entry.commit, f"services/{entry.service}/pyproject.toml")
    if text is None:
        return _wrong(entry.service, f"{FILE}: {entry.tag}: there is no such service at commit {entry.commit}")
    if (version := version_of(text)) != entry.version:
        return _wrong(entry.service, f"{FILE}: {entry.tag}: the version at commit {entry.commit} is {version}")
    return None


def _check_service(service: Service, released: Entry | None, history: History) -> Finding:
    name, version = service.name, service.version
    if released is None:
        return Finding(name, State.UNRELEASED, f"{name} {version}: no version is released yet")
    if later(version, released.version):
        return Finding(name, State.UNRELEASED, f"{name} {version}: not released yet, {released.version} is")
    if version != released.version:
        return _wrong(
            name, f"{name} {version}: {released.version} is released; raise the version in {_pyproject(service)}"
        )
    if changed := history.changed_since(released.commit, service.ships):
        # Its own files first: they are why somebody who changed a service reads this.
        return _wrong(
            name, _unversioned(service, sorted(changed, key=lambda path: not path.startswith(service.folder)))
        )
    return Finding(name, State.RELEASED, f"{name} {version}: released as {released.tag}")


def _wrong(service: str, text: str) -> Finding:
    return Finding(service, State.WRONG, text)


def _pyproject(service: Service) -> str:
    return f"{service.folder}/pyproject.toml"


def _undescribed(service: Service) -> str:
    return (
        f"{service.name} {service.version}: {service.folder}/CHANGELOG.md has no heading '## {service.version}';"
        " add it and say below it what changed"
    )


def _unversioned(service: Service, changed: list[str]) -> str:
    files = ", ".join(changed[:_FILES_NAMED])
    more = f" and {len(changed) - _FILES_NAMED} more" if len(changed) > _FILES_NAMED else ""
    return (
        f"{service.name} {service.version} is released, and what it ships has changed since: {files}{more};"
        f" raise the version in {_pyproject(service)} and say what changed in {service.folder}/CHANGELOG.md"
    )
