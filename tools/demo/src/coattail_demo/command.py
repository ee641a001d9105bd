"""The command once its options are read: runs the demo on a screen, and turns what became of it into an exit code."""

import asyncio
import signal
import sys
from collections.abc import Coroutine

import psutil
from rich.console import Console

from coattail_demo import report
from coattail_demo.cloud import kept_cloud
from coattail_demo.errors import DemoError
from coattail_demo.layout import Layout, find_layout
from coattail_demo.next_steps import next_steps
from coattail_demo.options import Options
from coattail_demo.report import Report
from coattail_demo.run import demonstrate
from coattail_demo.screen import open_screen
from coattail_demo.summary import print_next, print_summary

INTERRUPTED = 130


def execute(options: Options) -> int:
    """Run the demo. Returns the exit code."""
    return asyncio.run(_demo(options, Console(highlight=False)))


async def _demo(options: Options, console: Console) -> int:
    layout = find_layout(options.state)
    began = psutil.Process().create_time()
    main_task = asyncio.current_task()
    with open_screen(console, plain=options.plain) as screen:

        def interrupt() -> None:
            screen.say("interrupted; ending what was started")
            if main_task is not None and not main_task.cancelling():
                main_task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, interrupt)
        failure: DemoError | None = None
        try:
            found = await _unless_interrupted(demonstrate(options, layout, screen, began))
        except* DemoError as errors:
            failure = first(errors)
    if failure is not None:
        sys.stderr.write(f"demo: {failure}\n")
        return failure.exit_code
    return INTERRUPTED if found is None else _conclude(options, console, found, layout)


async def _unless_interrupted(demo: Coroutine[None, None, Report]) -> Report | None:
    try:
        return await demo
    except asyncio.CancelledError:
        return None


def _conclude(options: Options, console: Console, found: Report, layout: Layout) -> int:
    print_summary(console, found)
    print_next(console, next_steps(found, layout, kept_cloud(layout)))
    if options.report is not None:
        report.write(found, options.report)
        console.print(f"the report is {options.report}")
    return 0 if found.passed else 1


def first(group: BaseExceptionGroup[DemoError]) -> DemoError:
    """The first error of a group, however deep it lies."""
    for error in group.exceptions:
        return first(error) if isinstance(error, BaseExceptionGroup) else error
    raise ValueError("an exception group is never empty")
