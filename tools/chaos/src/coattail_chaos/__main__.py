"""`./task chaos`, or `coattail-chaos`: break ingest, and say what became of the trades.

Exit codes: 0 nothing was lost; 1 a trade is missing, doubled or out of order, a process outgrew its memory or died by itself, or a
fault did not happen; 2 an option cannot be used; 130 interrupted.
"""

import asyncio
import signal
import sys
import time

from rich.console import Console

from coattail_chaos import report
from coattail_chaos.errors import ChaosError
from coattail_chaos.options import Options
from coattail_chaos.plan import SCENARIOS
from coattail_chaos.report import Report
from coattail_chaos.run import run
from coattail_common.settings import read

INTERRUPTED = 130


def main() -> None:
    """The console script."""
    options = read(Options)
    if options.list_:
        for scenario in SCENARIOS:
            sys.stdout.write(f"{scenario.name:<12}{scenario.what}\n")
        return
    made: Report | None = None
    failure: ChaosError | None = None
    try:
        made = asyncio.run(_run(options))
    except* ChaosError as errors:
        failure = _first(errors)
    if failure is not None:
        sys.stderr.write(f"chaos: {failure}\n")
        sys.exit(1)
    if made is None:
        sys.stderr.write("chaos: interrupted\n")
        sys.exit(INTERRUPTED)
    if options.report is not None:
        report.write(made, options.report)
    if options.json_:
        sys.stdout.buffer.write(report.encode(made))
    else:
        report.show(Console(highlight=False), made)
    sys.exit(0 if made.passed else 1)


async def _run(options: Options) -> Report | None:
    """The run, or nothing when it was interrupted."""
    running = asyncio.current_task()
    console, began = Console(stderr=True, highlight=False), time.monotonic()

    def say(line: str) -> None:
        console.print(f"[{time.monotonic() - began:6.1f}] {line}", markup=False, soft_wrap=True)

    def interrupt() -> None:
        if running is not None and not running.cancelling():
            running.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, interrupt)
    try:
        return await run(options, say)
    except asyncio.CancelledError:
        return None


def _first(group: BaseExceptionGroup[ChaosError]) -> ChaosError:
    """The first error of a group, however deep it lies."""
    for error in group.exceptions:
        return _first(error) if isinstance(error, BaseExceptionGroup) else error
    raise ValueError("an exception group is never empty")


if __name__ == "__main__":
    main()
