"""How far Spark is, by its status tracker."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from py4j.protocol import Py4JError  # type: ignore[import-untyped]
from pyspark import SparkContext

from coattail_replay.progress import Screen

_LOOK_SECONDS: Final = 0.25


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
