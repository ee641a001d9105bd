"""How far it is, on standard error: a bar on a terminal, plain lines when they are asked for, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from coattail_harness.screen import PlainLines

_TENTHS: Final = 10


class Screen(Protocol):
    """Where an audit tells how far it is."""

    def begin(self, phase: str, total: int) -> None:
        """A phase begins, and the one before has ended; `total`: how much there is to do, 0 when nobody knows."""
        ...

    def advance(self, done: int) -> None:
        """So much more of the phase is done."""
        ...


class PlainScreen(PlainLines):
    """A line for each phase, and for each tenth of it."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._total = self._done = 0

    def begin(self, phase: str, total: int) -> None:
        """See `Screen.begin`."""
        self._total, self._done = total, 0
        self.say(phase)

    def advance(self, done: int) -> None:
        """See `Screen.advance`."""
        before, self._done = self._done, self._done + done
        if self._total and self._done * _TENTHS // self._total > before * _TENTHS // self._total:
            self.say(f"{self._done:,} of {self._total:,}")


class BarScreen:
    """A bar for each phase."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def begin(self, phase: str, total: int) -> None:
        """See `Screen.begin`."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(phase, total=total or None)

    def advance(self, done: int) -> None:
        """See `Screen.advance`."""
        if self._task is not None:
            self._progress.advance(self._task, done)


@contextmanager
def open_screen(console: Console, *, plain: bool) -> Iterator[Screen]:
    """The bar on a terminal, unless plain lines are asked for. It is gone when the audit is done."""
    if plain:
        yield PlainScreen(console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield BarScreen(progress)
