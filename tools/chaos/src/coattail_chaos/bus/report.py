"""What a run with a failing bus has found, for programs and for people."""

from collections import Counter
from typing import Final

import msgspec
from rich.console import Console

from coattail_chaos.bus.outages import MEANING, Kind
from coattail_chaos.bus.verdict import Verdict
from coattail_chaos.screen import show_verdict, titled


class OutageReport(msgspec.Struct, frozen=True, kw_only=True):
    """An outage: `calls` met it, and `taken` alerts came to the bus all the same."""

    kind: Kind
    seconds: float
    calls: int
    taken: int
    killed: bool


class BusReport(msgspec.Struct, frozen=True, kw_only=True):
    """`repeated` lines of the stream repeat a trade; `calls` came to the bus; `kills` of the application.
    `spark_gave_up`: how often Spark ended the application because the machine was too busy to start a process in ten seconds.
    """

    passed: bool
    problems: tuple[str, ...]
    seed: int
    rate: float
    seconds: float
    outages: tuple[OutageReport, ...]
    kills: int
    spark_gave_up: int
    landings: int
    repeated: int
    calls: int
    verdict: Verdict


def show(console: Console, made: BusReport) -> None:
    """Outages by their kind, then the verdict."""
    table = titled("Outages")
    table.add_column("the bus", no_wrap=True)
    for column in _COLUMNS:
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("")
    for kind in Kind:
        here = [one for one in made.outages if one.kind is kind]
        if here:
            seconds, longest = sum(one.seconds for one in here), max(one.seconds for one in here)
            counts = (len(here), sum(one.killed for one in here), sum(one.calls for one in here))
            table.add_row(kind, *(f"{count:,}" for count in counts), f"{seconds:.0f}", f"{longest:.0f}", MEANING[kind])
    console.print(table)
    found = made.verdict
    console.print(
        f"{made.seconds:.0f} s; {made.landings:,} landings; {made.calls:,} calls to the bus; "
        f"{made.repeated:,} lines of the stream repeat a trade; {found.repeated_on_bus:,} alerts came more than once",
        style="dim",
    )
    if made.spark_gave_up:
        console.print(
            f"the machine was too busy for Spark {made.spark_gave_up} times; the application was started again",
            style="yellow",
        )
    show_verdict(console, _proved(made), made.problems)


def _proved(made: BusReport) -> str:
    kinds = Counter(one.kind for one in made.outages)
    found = made.verdict
    return (
        f"PROVED  {len(made.outages)} outages of {len(kinds)} kinds, the application killed in {made.kills}: of {found.put:,} trades "
        f"0 missing, 0 doubled; all {found.alerts_in_table:,} alerts in the table once and on the bus at least once"
    )


_COLUMNS: Final = ("outages", "killed", "calls", "s", "longest")
