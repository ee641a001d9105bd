"""A target under trial: what its inputs came to, and those that it did not stand."""

import hashlib
import traceback
from collections import Counter
from pathlib import Path

from fuzz.run import Finding
from fuzz.target import Target, ViolationError


class Trial:
    """Puts inputs to a target. The shortest input of each way to fail is kept in a file of `folder`."""

    def __init__(self, target: Target, folder: Path) -> None:
        self.inputs = 0
        self.said: Counter[str] = Counter()
        self._target = target
        self._folder = folder
        self._found: dict[str, Finding] = {}
        self._lengths: dict[str, int] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The ways to fail that were found, the first first."""
        return tuple(self._found.values())

    def put(self, content: bytes) -> None:
        """Put one input."""
        self.inputs += 1
        try:
            self.said.update(self._target.judge(content))
        except Exception as error:
            self._note(error, content)

    def _note(self, error: Exception, content: bytes) -> None:
        where = place(error)
        key = f"{error.rule if isinstance(error, ViolationError) else type(error).__name__} {where}"
        known = self._found.get(key)
        file = self._folder / f"{self._target.name}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
        what = known.what if known is not None else describe(error)
        if len(content) < self._lengths.get(key, len(content) + 1):
            self._folder.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            self._lengths[key] = len(content)
            what = describe(error)
        self._found[key] = Finding(what, where, known.inputs + 1 if known is not None else 1, str(file))


def describe(error: Exception) -> str:
    """The error in one line of bounded length."""
    name = "" if isinstance(error, ViolationError) else f"{type(error).__name__}: "
    return (name + " ".join(str(error).split()))[:300]


def place(error: Exception) -> str:
    """The innermost line of code that raised it, as `file:line`."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "nowhere"
    path = Path(frames[-1].filename)
    return f"{path.parent.name}/{path.name}:{frames[-1].lineno}"
