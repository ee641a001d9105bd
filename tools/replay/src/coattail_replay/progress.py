"""How far it is: a bar on a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from coattail_harness.screen import PlainLines


class Screen(Protocol):
    """Where a replay tells how far it is."""

    def begin(self, phase: str) -> None:
        """A phase begins; the one before has ended."""
        ...

    def show(self, done: float) -> None:
        """How much of the phase is done, from 0 to 1."""
        ...


class PlainScreen(PlainLines):
    """A line for each phase."""

    def begin(self, phase: str) -> None:
        """See `Screen.begin`."""
        self.say(phase)

    def show(self, done: float) -> None:
        """See `Screen.show`: a line does not move."""


class BarScreen:
    """A bar for each phase."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def begin(self, phase: str) -> None:
        """See `Screen.begin`."""
        self.end()
        self._task = self._progress.add_task(phase, total=1.0)

    def show(self, done: float) -> None:
        """See `Screen.show`. Stages that turn up on the way do not move it back."""
        if self._task is not None:
            self._progress.update(self._task, completed=max(done, self._progress.tasks[-1].completed))

    def end(self) -> None:
        """The phase is done."""
        if self._task is not None:
            self._progress.update(self._task, completed=1.0)
            self._progress.stop_task(self._task)


@contextmanager
def open_screen(console: Console, *, plain: bool) -> Iterator[Screen]:
    """The bar on a terminal, unless plain lines are asked for."""
    if plain or not console.is_terminal:
        yield PlainScreen(console)
        return
    columns = (TextColumn("{task.description:<24}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        screen = BarScreen(progress)
        yield screen
        screen.end()
