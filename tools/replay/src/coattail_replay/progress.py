"""How far it is: a bar on a terminal, plain lines elsewhere. Phases that Spark works at are watched by its status tracker."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from py4j.protocol import Py4JError  # type: ignore[import-untyped]
from pyspark import SparkContext
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from coattail_harness.screen import PlainLines

_LOOK_SECONDS: Final = 0.25


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


@contextmanager
def watched(context: SparkContext, screen: Screen) -> Iterator[None]:
    """While this lasts, show how many of the tasks that Spark has been given are done."""
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(context, screen.show, over), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _watch(context: SparkContext, show: Callable[[float], None], over: threading.Event) -> None:
    try:
        _show_tasks(context, show, over)
    except (Py4JError, OSError):
        # Spark has ended, as after Ctrl-C: there is nothing to watch, and the waiting caller gets an error.
        return


def _show_tasks(context: SparkContext, show: Callable[[float], None], over: threading.Event) -> None:
    tracker = context.statusTracker()
    seen: dict[int, tuple[int, int]] = {}
    while not over.wait(_LOOK_SECONDS):
        for stage in tracker.getActiveStageIds():
            info = tracker.getStageInfo(stage)
            if info is not None:
                seen[stage] = (info.numCompletedTasks, info.numTasks)
        active = set(tracker.getActiveStageIds())
        done = sum(tasks if stage not in active else completed for stage, (completed, tasks) in seen.items())
        total = sum(tasks for _, tasks in seen.values())
        show(done / total if total else 0.0)
