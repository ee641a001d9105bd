"""The command: what it does with its options, and how it ends."""

import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import boto3
from rich.console import Console

from coattail_audit import gaps, report, spans
from coattail_audit.errors import AuditError
from coattail_audit.options import Options
from coattail_audit.progress import Screen, open_screen
from coattail_audit.reading import ahead
from coattail_audit.rows import RowReader
from coattail_audit.table import files, opened
from coattail_audit.tally import Running, audit
from coattail_common.contracts import TradesGapDetected
from coattail_common.ids import Market
from coattail_harness.ending import ending
from coattail_harness.interrupts import interrupt_on_sigterm

_WIDE: Final = 200


def main(options: Options) -> None:
    """Audit what the options say, and end the process with the exit code of what was found."""
    interrupt_on_sigterm()
    with (
        ending("audit", AuditError),
        open_screen(Console(stderr=True, highlight=False), plain=options.plain) as screen,
    ):
        made = run(options, screen)
    if options.json_:
        sys.stdout.buffer.write(report.encode(made))
    elif made.markets:
        report.show(_paper(), made)
    if not made.markets or made.absent:
        sys.stderr.write(f"audit: there are no trades{' of ' if made.absent else ''}{', '.join(made.absent)}\n")
    sys.exit(0 if made.is_sound else 1)


def run(options: Options, screen: Screen) -> report.Report:
    """Audit the table, partition by partition. Raises `AuditError`."""
    screen.begin("reading the events", 0)
    reported = gaps.by_market(_reported(options))
    screen.begin("finding the files", 0)
    table = opened(options)
    every = files(table, options.exchange, options.symbols)
    partitions = len({file.partition for file in every})
    screen.begin(
        f"auditing {len(every):,} files of {partitions:,} partitions, by trades", sum(file.rows for file in every)
    )
    reader = RowReader(table)
    found: defaultdict[Market, Running] = defaultdict(Running)
    for file, tallies in ahead(reader.tallies, every):
        for market, tally in tallies:
            if options.wants(market):
                found[market].add(tally)
        screen.advance(file.rows)
    audits = [
        audit(market, running.total(), reported.get(market, spans.none())) for market, running in sorted(found.items())
    ]
    return report.report(audits, partitions, options.wanted())


def _reported(options: Options) -> Iterator[TradesGapDetected]:
    yield from gaps.in_files(options.events)
    if options.gap_log is not None:
        logs = boto3.client("logs", region_name=options.region, endpoint_url=options.endpoint)
        yield from gaps.in_log_group(logs, options.gap_log)


def _paper() -> Console:
    """Standard output; where it is no terminal, with room for any table."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDE)
