"""Plain lines for people, where no view is redrawn in place."""

import time

from rich.console import Console


class PlainLines:
    """Lines that stay, each behind the seconds since this was made."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()

    def say(self, line: str) -> None:
        """Print a line."""
        self._console.print(f"[{time.monotonic() - self._began:6.1f}] {line}", markup=False, soft_wrap=True)
