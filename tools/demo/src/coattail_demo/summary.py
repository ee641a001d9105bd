"""The report for people: what was proved, and a verdict."""

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from coattail_demo.latency import Latency
from coattail_demo.report import Report

_LATENCY: Final = "p50  p99  max s"


def print_summary(console: Console, report: Report) -> None:
    """Trades, alerts, memory, and the verdict last."""
    console.print(_trades(report))
    console.print(_alerts(report))
    if report.out_of_reach:
        kinds = ", ".join(f"{count} {name}" for name, count in report.out_of_reach.items())
        line = f"not asked for, as no window could show it (too early, or cut short by the end): {kinds}"
        console.print(line, style="dim", highlight=False)
    console.print(f"{report.config.features_file}: {report.config.features}", style="dim", highlight=False)
    memory = ", ".join(f"{name} {megabytes:,.0f}" for name, megabytes in report.rss_mb.items())
    console.print(f"peak memory, MB: {memory}", style="dim", highlight=False)
    if report.passed:
        console.print(Panel(Text(_verdict(report), style="bold green"), border_style="green"))
        return
    problems = "\n".join(f"✗ {problem}" for problem in report.problems)
    # Red is for what is lost or wrong.
    late = report.unlanded and report.unlanded == report.missing
    title, colour = ("NOT PROVED YET", "yellow") if late else ("NOT PROVED", "red")
    console.print(Panel(Text(f"{title}\n{problems}", style=f"bold {colour}"), border_style=colour))


def print_next(console: Console, lines: Sequence[str]) -> None:
    """What to do next, a line each."""
    console.print("What next", style="bold")
    for line in lines:
        console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)


def _verdict(report: Report) -> str:
    stored = f"PROVED  all {report.trades_stored:,} trades are in the table, each once"
    if report.injected is None or report.detected is None:
        return f"{stored}; every alert is on the bus and in its table"
    found = f"all {sum(report.detected.values())} of {sum(report.injected.values())} injected events were found"
    false = sum((report.false_alerts or {}).values())
    # A false whale or sweep is a problem, so that here there is none.
    invented = f"no whale or sweep was invented; false alerts about windows: {false}" if false else "none was invented"
    return f"{stored}; {found}, {invented}"


def _trades(report: Report) -> Table:
    table = Table(title="Trades, from the tables", title_justify="left", header_style="dim")
    for column in ("market", "sent", "stored", "missing", "duplicates"):
        table.add_column(column, justify="left" if column == "market" else "right")
    for market in report.markets:
        figures = (market.sent, market.stored, market.missing, market.duplicates)
        table.add_row(f"{market.exchange}:{market.symbol}", *(f"{figure:,}" for figure in figures))
    totals = (report.trades_sent, report.trades_stored, report.missing, report.duplicates)
    table.add_section()
    table.add_row("all", *(f"{figure:,}" for figure in totals), style="bold")
    kept = f"; {report.kept:,} trades that were there before are untouched" if report.kept else ""
    table.caption = f"{report.rejected:,} lines of the stream refused{kept}"
    return table


def _alerts(report: Report) -> Table:
    title = "Alerts, from the bus"
    if report.first_alert_seconds is not None:
        title += f" (the first after {report.first_alert_seconds:.0f} s)"
    table = Table(title=title, title_justify="left", header_style="dim")
    truth = report.injected is not None
    for column in ("type", "alerts", *(("injected", "found", "false") if truth else ()), _LATENCY):
        table.add_column(column, justify="left" if column == "type" else "right", no_wrap=True)
    for name in sorted(report.alerts.keys() | (report.injected or {}).keys()):
        told = [report.injected, report.detected, report.false_alerts] if truth else []
        latency = report.latency_ms.get(name)
        table.add_row(
            name,
            f"{report.alerts.get(name, 0):,}",
            *(f"{(counts or {}).get(name, 0):,}" for counts in told),
            _seconds(latency) if latency is not None else "—",
        )
    return table


def _seconds(latency: Latency) -> str:
    return "  ".join(f"{milliseconds / 1000:.1f}" for milliseconds in (latency.p50, latency.p99, latency.max))
