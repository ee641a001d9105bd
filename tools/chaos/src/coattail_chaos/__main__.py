"""`./task chaos`, or `coattail-chaos`: inject faults into ingest, the bus or the tables, and check trades and alerts.

Exit codes: 0 nothing was lost; 1 a trade is missing, doubled or out of order, an alert is lost or doubled, a process used too much
memory or died by itself, or a fault did not happen; 2 an option cannot be used; 130 interrupted.
"""

import asyncio
import sys

from rich.console import Console

from coattail_chaos import report
from coattail_chaos.bus import report as bus_report
from coattail_chaos.bus import run as bus_run
from coattail_chaos.bus.report import BusReport
from coattail_chaos.options import Options
from coattail_chaos.plan import SCENARIOS
from coattail_chaos.report import Report
from coattail_chaos.run import alone, run, state_folder
from coattail_chaos.tables import report as tables_report
from coattail_chaos.tables import run as tables_run
from coattail_chaos.tables.report import TablesReport
from coattail_harness.cancelling import unless_interrupted
from coattail_harness.errors import HarnessError, first
from coattail_harness.interrupts import INTERRUPTED
from coattail_harness.processes import Say
from coattail_harness.screen import PlainLines
from coattail_runtime.settings import read

type Outcome = Report | BusReport | TablesReport
"""What a run has found."""


def main() -> None:
    """The console script."""
    options = read(Options)
    if options.list_:
        for scenario in SCENARIOS:
            sys.stdout.write(f"{scenario.name:<12}{scenario.what}\n")
        return
    made: Outcome | None = None
    failure: HarnessError | None = None
    try:
        made = asyncio.run(_run(options))
    except* HarnessError as errors:
        failure = first(errors)
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
        _show(Console(highlight=False), made)
    sys.exit(0 if made.passed else 1)


async def _run(options: Options) -> Outcome | None:
    """The run, or nothing when it was interrupted."""
    lines = PlainLines(Console(stderr=True, highlight=False))
    return await unless_interrupted(_chosen(options, lines.say))


async def _chosen(options: Options, say: Say) -> Outcome:
    """Break what the options say."""
    folder = state_folder(options)
    if options.bus:
        with alone(folder):
            return await bus_run.run(options.bus_wishes, folder, say)
    if options.tables:
        with alone(folder):
            return await tables_run.run(options.tables_wishes, folder, say)
    return await run(options, say)


def _show(console: Console, made: Outcome) -> None:
    if isinstance(made, BusReport):
        bus_report.show(console, made)
    elif isinstance(made, TablesReport):
        tables_report.show(console, made)
    else:
        report.show(console, made)


if __name__ == "__main__":
    main()
