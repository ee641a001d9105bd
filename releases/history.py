"""The history of a clone, as git tells it."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from releases.errors import ReleasesError, SetupError


class History(Protocol):
    """What the check asks of the history. It changes nothing."""

    @property
    def is_cut(self) -> bool:
        """Whether older commits are missing: a shallow clone."""

    def has(self, commit: str) -> bool:
        """Whether the commit is in this clone."""

    def leads_to_head(self, commit: str) -> bool:
        """Whether HEAD descends from the commit, which this clone has."""

    def text_at(self, commit: str, path: str) -> str | None:
        """A file's text at a commit, or None where it has none."""

    def changed_since(self, commit: str, paths: Sequence[str]) -> list[str]:
        """The files below `paths` that differ between the commit and the working tree, new ones too."""


class Clone:
    """The repository at `root`. Raises `SetupError` where git is missing or there is no repository."""

    def __init__(self, root: Path) -> None:
        self._root = root
        if not (root / ".git").exists():
            raise SetupError(f"{root} is no clone: there is no history to compare with")

    @property
    def is_cut(self) -> bool:
        return self._git("rev-parse", "--is-shallow-repository").strip() == "true"

    def has(self, commit: str) -> bool:
        return self._succeeds("cat-file", "-e", f"{commit}^{{commit}}")

    def leads_to_head(self, commit: str) -> bool:
        return self._succeeds("merge-base", "--is-ancestor", commit, "HEAD")

    def text_at(self, commit: str, path: str) -> str | None:
        place = f"{commit}:{path}"
        return self._git("show", place) if self._succeeds("cat-file", "-e", place) else None

    def changed_since(self, commit: str, paths: Sequence[str]) -> list[str]:
        tracked = self._git("diff", "--name-only", "--no-renames", "-z", commit, "--", *paths)
        new = self._git("ls-files", "--others", "--exclude-standard", "-z", "--", *paths)
        return sorted({name for name in (tracked + new).split("\0") if name})

    def head(self) -> str:
        """Return the commit that is checked out."""
        return self._git("rev-parse", "HEAD").strip()

    def uncommitted(self) -> list[str]:
        """Return the paths that HEAD does not have as they are."""
        return [line[3:] for line in self._git("status", "--porcelain").splitlines()]

    def commit_of_tag(self, tag: str) -> str | None:
        """Return the commit that a tag names, or None where there is no such tag."""
        place = f"refs/tags/{tag}^{{commit}}"
        return (
            self._git("rev-parse", place).strip() if self._succeeds("rev-parse", "--verify", "--quiet", place) else None
        )

    def tag(self, tag: str, commit: str, message: str) -> None:
        """Make an annotated tag."""
        self._git("tag", "--annotate", "--message", message, tag, commit)

    def _succeeds(self, *arguments: str) -> bool:
        return self._run(arguments).returncode == 0

    def _git(self, *arguments: str) -> str:
        done = self._run(arguments)
        if done.returncode:
            raise ReleasesError(f"git {' '.join(arguments[:2])}: {done.stderr.strip()}")
        return done.stdout

    def _run(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(["git", *arguments], cwd=self._root, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise SetupError("git is missing: there is no history to compare with") from error
