"""`python -m releases show | check | enter [SERVICE…] | tag [--make]`, from anywhere in the repository."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from releases import entries, services
from releases.checking import Finding, State, check
from releases.entries import FILE, Entry, parse
from releases.errors import ReleasesError, SetupError
from releases.history import Clone

_ROOT: Final = Path(__file__).parents[1]


def main(arguments: Sequence[str], root: Path = _ROOT) -> int:
    """Run a command. Returns 0 when all is well, 1 for a fault in the code or the file, 2 when the machine lacks something."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "check":
            _check(root)
        elif options.command == "enter":
            _enter(root, options.services)
        elif options.command == "tag":
            _tag(root, make=options.make)
        else:
            _show(root)
    except ReleasesError as error:
        print(f"releases: {error}", file=sys.stderr)
        return 1
    except SetupError as error:
        print(f"releases: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./task release --", description="What is released, and what is not yet.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("show", help="how each service stands (the default)")
    commands.add_parser("check", help="fail where a released service has changed without its version")
    enter = commands.add_parser(
        "enter", help=f"add what is not released yet to {FILE}, at the commit that is checked out"
    )
    enter.add_argument("services", nargs="*", metavar="SERVICE", help="default: every service with a later version")
    tag = commands.add_parser("tag", help=f"print the tags of {FILE} that are missing")
    tag.add_argument(
        "--make", action="store_true", help="make them in this clone; git push origin --tags publishes them"
    )
    return parser


def _findings(root: Path) -> list[Finding]:
    return check(services.read(root), _entries(root), Clone(root))


def _entries(root: Path) -> tuple[Entry, ...]:
    return parse((root / FILE).read_text())


def _show(root: Path) -> None:
    for finding in _findings(root):
        print(f"{finding.state:<12}{finding.text}")


def _check(root: Path) -> None:
    """Print what was not checked, and raise for what is wrong.

    An export without a history cannot be checked; it says so and fails nothing: continuous integration checks a whole clone.
    """
    try:
        findings = _findings(root)
    except SetupError as error:
        print(f"releases: NOT CHECKED: {error}", file=sys.stderr)
        return
    for finding in findings:
        if finding.state is State.UNKNOWN:
            print(f"releases: NOT CHECKED: {finding.text}", file=sys.stderr)
    if wrong := [finding.text for finding in findings if finding.state is State.WRONG]:
        raise ReleasesError("\nreleases: ".join(wrong))


def _enter(root: Path, names: Sequence[str]) -> None:
    clone = Clone(root)
    if changes := clone.uncommitted():
        raise ReleasesError(f"commit first, a release is a commit: {', '.join(changes)}")
    findings = _findings(root)
    if doubtful := [one.text for one in findings if one.state in (State.WRONG, State.UNKNOWN)]:
        raise ReleasesError("\nreleases: ".join(doubtful))
    waiting = {one.service for one in findings if one.state is State.UNRELEASED}
    if strangers := set(names) - waiting:
        raise ReleasesError(f"nothing to release of {', '.join(sorted(strangers))}; {sorted(waiting)} can be")
    head = clone.head()
    new = [
        Entry(service.name, service.version, head)
        for service in services.read(root)
        if service.name in (names or waiting)
    ]
    with (root / FILE).open("a") as file:
        file.write(entries.render(new))
    for entry in new:
        print(f"{entry.tag} {entry.commit}")


def _tag(root: Path, *, make: bool) -> None:
    clone = Clone(root)
    for entry in _entries(root):
        tagged = clone.commit_of_tag(entry.tag)
        if tagged is None:
            if make:
                clone.tag(entry.tag, entry.commit, f"{entry.service} {entry.version}")
            print(f"{entry.tag} {entry.commit}")
        elif tagged != entry.commit:
            raise ReleasesError(f"tag {entry.tag} is at {tagged}, and {FILE} says {entry.commit}; a tag is never moved")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
