"""`./task audit`, or `coattail-audit`: which trades are there, missing, doubled or filled in.

Exit codes: 0 every market is whole, or its gaps were told of; 1 an id is doubled, or missing and untold of, or the table is empty; 2 an
option or a file cannot be used; 130 interrupted.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator

import boto3
from pyiceberg.table import Table
from rich.console import Console
from rich.progress import track

from coattail_audit import gaps, report, spans
from coattail_audit.errors import AuditError
from coattail_audit.options import Options
from coattail_audit.table import TradesTable, in_folder, in_glue
from coattail_audit.tally import Market, Tally, audit
from coattail_common.contracts import TradesGapDetected
from coattail_common.settings import EXIT_CONFIGURATION, read

INTERRUPTED = 130


def main() -> None:
    """The console script."""
    options = read(Options)
    try:
        made = run(options)
    except AuditError as error:
        sys.stderr.write(f"audit: {error}\n")
        sys.exit(EXIT_CONFIGURATION)
    except KeyboardInterrupt:
        sys.stderr.write("audit: interrupted\n")
        sys.exit(INTERRUPTED)
    if options.json_:
        sys.stdout.buffer.write(report.encode(made))
    elif made.markets:
        report.show(Console(highlight=False), made)
    if not made.markets:
        sys.stderr.write("audit: there are no trades\n")
    sys.exit(0 if made.is_sound and made.markets else 1)


def run(options: Options) -> report.Report:
    """Audit the table, partition by partition. Raises `AuditError`."""
    reported = gaps.by_market(_reported(options))
    table = TradesTable(_table(options), options.exchange, options.symbols)
    partitions = table.partitions()
    found: defaultdict[Market, list[Tally]] = defaultdict(list)
    console = Console(stderr=True, highlight=False)
    shown = track(partitions, "auditing", console=console, disable=options.plain or not console.is_terminal)
    for partition in shown:
        for market, tally in table.tallies(partition):
            found[market].append(tally)
    audits = [audit(market, tallies, reported.get(market, spans.none())) for market, tallies in sorted(found.items())]
    return report.report(audits, len(partitions))


def _table(options: Options) -> Table:
    if options.warehouse is not None:
        return in_folder(options.warehouse, options.database)
    properties = {"glue.region": options.region, "s3.region": options.region}
    if options.endpoint is not None:
        properties |= {"glue.endpoint": options.endpoint, "s3.endpoint": options.endpoint}
    return in_glue(options.database, properties)


def _reported(options: Options) -> Iterator[TradesGapDetected]:
    yield from gaps.in_files(options.events)
    if options.gap_log is not None:
        logs = boto3.client("logs", region_name=options.region, endpoint_url=options.endpoint)
        yield from gaps.in_log_group(logs, options.gap_log)


if __name__ == "__main__":
    main()
