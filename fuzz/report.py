"""The runs, for programs and for people."""

from collections.abc import Sequence

import msgspec
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from fuzz.run import Run


class Report(msgspec.Struct, frozen=True):
    """Every target's run, and whether nothing failed."""

    seed: int
    runs: tuple[Run, ...]
    is_sound: bool


def report(seed: int, runs: Sequence[Run]) -> Report:
    """The report of the runs."""
    return Report(seed, tuple(runs), not any(run.findings for run in runs))


def encode(made: Report) -> bytes:
    """The report as JSON for people too."""
    return msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n"


def show(console: Console, made: Report) -> None:
    """A line a target, what their inputs came to, and each way to fail with the command that shows it again."""
    table = Table(title="Inputs", title_justify="left", header_style="dim", box=SIMPLE, padding=(0, 2, 0, 0))
    table.add_column("target", no_wrap=True)
    for column in ("inputs", "seconds", "edges", "corpus", "ways to fail"):
        table.add_column(column, justify="right", no_wrap=True)
    for run in made.runs:
        counts = ("" if count is None else f"{count:,}" for count in (run.edges, run.corpus))
        table.add_row(
            run.target,
            f"{run.inputs:,}",
            f"{run.seconds:,.1f}",
            *counts,
            f"{len(run.findings):,}",
            style="bold red" if run.findings else None,
        )
    console.print(table)
    for run in made.runs:
        said = ", ".join(f"{count:,} {what}" for what, count in sorted(run.said.items(), key=lambda item: -item[1]))
        console.print(f"{run.target} ({run.engine}): {said}", soft_wrap=True, markup=False)
    for run in made.runs:
        for finding in run.findings:
            console.print(f"\n{run.target}: {finding.what}", style="bold red", soft_wrap=True, markup=False)
            console.print(f"  at {finding.where}, {finding.inputs:,} inputs", soft_wrap=True, markup=False)
            if finding.file:
                console.print(
                    f"  again: ./task fuzz -- --only {run.target} --input {finding.file}", soft_wrap=True, markup=False
                )
    ways = sum(len(run.findings) for run in made.runs)
    total = sum(run.inputs for run in made.runs)
    said = "no parser raised, each refusal has its reason" if made.is_sound else f"{ways:,} ways to fail"
    console.print(f"\n{total:,} inputs: {said}", style="bold")
