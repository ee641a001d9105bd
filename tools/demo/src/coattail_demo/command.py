"""The command once its options are read: runs the demo on a screen, and turns what became of it into an exit code."""

import asyncio
import errno
import sys
from typing import Final

import psutil
from rich.console import Console

from coattail_demo import report
from coattail_demo.cloud import kept_cloud, note_landed
from coattail_demo.errors import ConfigurationError, DemoError
from coattail_demo.layout import Layout, find_layout
from coattail_demo.next_steps import next_steps
from coattail_demo.options import Options
from coattail_demo.report import Report
from coattail_demo.run import demonstrate
from coattail_demo.screen import open_screen
from coattail_demo.summary import print_next, print_summary
from coattail_harness.cancelling import unless_interrupted
from coattail_harness.errors import HarnessError, first
from coattail_harness.interrupts import INTERRUPTED

_NOT_WRITABLE: Final = {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST}


def execute(options: Options) -> int:
    """Run the demo. Returns the exit code."""
    try:
        return asyncio.run(_demo(options, Console(highlight=False)))
    except KeyboardInterrupt:
        # After the end, while the summary is written: what was started has ended already.
        return INTERRUPTED


async def _demo(options: Options, console: Console) -> int:
    layout = find_layout(options.state)
    began = psutil.Process().create_time()
    with open_screen(console, plain=options.plain) as screen:
        failure: HarnessError | None = None
        try:
            running = demonstrate(options, layout, screen, began)
            found = await unless_interrupted(running, lambda: screen.say("interrupted; ending what was started"))
        except* HarnessError as errors:
            failure = first(errors)
        except* OSError as errors:
            failure = failure or refused(first(errors))
    if failure is not None:
        sys.stderr.write(f"demo: {failure}\n")
        return failure.exit_code
    return INTERRUPTED if found is None else _conclude(options, console, found, layout)


def _conclude(options: Options, console: Console, found: Report, layout: Layout) -> int:
    print_summary(console, found)
    kept = kept_cloud(layout)
    if kept is not None and not found.missing:
        note_landed(layout)
    print_next(console, next_steps(found, layout, kept))
    if options.report is not None:
        try:
            report.write(found, options.report)
        except OSError as error:
            sys.stderr.write(f"demo: --report {one_line(error)}\n")
            return DemoError.exit_code
        console.print(f"the report is {options.report}")
    return 0 if found.passed else 1


def refused(error: OSError) -> DemoError:
    """The error that ends the demo when the system refuses something."""
    return (ConfigurationError if error.errno in _NOT_WRITABLE else DemoError)(one_line(error))


def one_line(error: OSError) -> str:
    """What the system refused, and where: a folder that cannot be written, a disk that is full."""
    where = f"{error.filename}: " if error.filename else ""
    hint = "; give a folder that can be written with --state" if error.errno in _NOT_WRITABLE else ""
    return f"{where}{error.strerror or error}{hint}"
