"""The log of one execution environment: a file that its processes append to, read invocation by invocation."""

from pathlib import Path


class EnvironmentLog:
    """`path` is made, with its folders, when it is not there."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        self.path = path
        self._read_to = path.stat().st_size

    def new_text(self) -> str:
        """What was written since the last call, up to the end of a line where the file ends in one."""
        with self.path.open("rb") as file:
            file.seek(self._read_to)
            text = file.read()
        self._read_to += len(text)
        return text.decode(errors="replace")

    def text(self) -> str:
        """All of it."""
        return self.path.read_text(errors="replace")
