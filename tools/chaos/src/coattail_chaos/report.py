"""What a run has found, for programs and for people."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from coattail_chaos.faults import MEANING, Fault
from coattail_chaos.screen import show_verdict, titled
from coattail_chaos.verdict import MarketVerdict


class StageReport(msgspec.Struct, frozen=True, kw_only=True):
    """A stage and its end: how long the faults lasted, and how long it took until all was there. Trades are those since the
    beginning of the run, faults those of the stage.
    """

    name: str
    seconds: float
    settled_seconds: float
    faults: Mapping[Fault, int]
    sent: int
    landed: int
    missing: int
    doubled: int
    out_of_order: int


class Peak(msgspec.Struct, frozen=True):
    """The most resident memory that a service's processes had, and the most that they may have; MB (10⁶ bytes)."""

    megabytes: float
    limit: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a run. `kinesis`: the Kinesis behind the proxy. `skipped`: what this machine does not allow. `records`: the
    stream's records. `repeated`: lines that the table does not land because it has them. `by_service`: the faults that each service
    met. `held`: the writer of each market. `spool_bytes_lost`: bytes in the lost spools. `spools_resumed`: how often a writer found
    another's spool and sent it.
    """

    passed: bool
    problems: tuple[str, ...]
    skipped: tuple[str, ...]
    seed: int
    rate: float
    seconds: float
    kinesis: str
    faults: Mapping[Fault, int]
    by_service: Mapping[str, Mapping[Fault, int]]
    held: Mapping[str, tuple[str, ...]]
    sent: int
    landed: int
    missing: int
    doubled: int
    out_of_order: int
    filled_late: int
    records: int
    repeated: int
    spool_bytes_lost: int
    spools_resumed: int
    stages: tuple[StageReport, ...]
    markets: tuple[MarketVerdict, ...]
    memory: Mapping[str, Peak]
    starts: Mapping[str, int]


def encode(made: msgspec.Struct) -> bytes:
    """The report as JSON for people too."""
    return msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n"


def write(made: msgspec.Struct, path: Path) -> None:
    """Write it, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(encode(made))
    part.replace(path)


def show(console: Console, made: Report) -> None:
    """Faults, stages, memory, and the verdict last."""
    console.print(_faults(made))
    console.print(_by_service(made))
    console.print(_stages(made))
    for name, markets in made.held.items():
        console.print(f"{name} had {', '.join(markets)}", style="dim")
    peaks = ", ".join(f"{name} {peak.megabytes:,.0f} of {peak.limit:,.0f}" for name, peak in made.memory.items())
    console.print(f"peak memory, MB: {peaks}", style="dim")
    spools = f"{made.spool_bytes_lost / 1e6:,.1f} MB lost with their disks, {made.spools_resumed:,} left by a writer and sent by the next"
    console.print(f"spools: {spools}", style="dim")
    console.print(f"processes: {', '.join(f'{name} {count:,}' for name, count in made.starts.items())}", style="dim")
    for line in made.skipped:
        console.print(f"not done: {line}", style="yellow")
    show_verdict(console, _verdict(made), made.problems)


def _verdict(made: Report) -> str:
    return (
        f"PROVED  {sum(made.faults.values()):,} faults; all {made.sent:,} trades landed, each once, in order per market; "
        f"{made.repeated:,} lines of the stream repeat a trade and do not land"
    )


def _faults(made: Report) -> Table:
    table = titled("Faults, counted where they were done")
    table.add_column("fault", no_wrap=True)
    table.add_column("times", justify="right")
    table.add_column("")
    for fault, count in made.faults.items():
        table.add_row(fault.value, f"{count:,}", MEANING[fault])
    return table


def _by_service(made: Report) -> Table:
    table = titled("The same by the service that met them")
    table.add_column("fault", no_wrap=True)
    for name in made.by_service:
        table.add_column(name.removeprefix("ingest-").removeprefix("kinesis-"), justify="right", no_wrap=True)
    for fault in made.faults:
        counts = [met.get(fault, 0) for met in made.by_service.values()]
        if any(counts):
            table.add_row(fault.value, *(f"{count:,}" if count else "" for count in counts))
    return table


def _stages(made: Report) -> Table:
    table = titled("After each stage, since the beginning")
    table.add_column("stage", min_width=_STAGE_WIDTH, overflow="fold")
    for column in _COLUMNS:
        table.add_column(column, justify="right", no_wrap=True)
    for one in made.stages:
        counts = (one.sent, one.missing, one.doubled, one.out_of_order)
        table.add_row(
            one.name,
            f"{sum(one.faults.values()):,}",
            f"{one.seconds:.0f}",
            f"{one.settled_seconds:.0f}",
            *(f"{count:,}" for count in counts),
            style="bold red" if one.missing or one.doubled or one.out_of_order else None,
        )
    return table


_COLUMNS: Final = ("faults", "s", "settled", "sent", "missing", "doubled", "disorder")
_STAGE_WIDTH: Final = 12
