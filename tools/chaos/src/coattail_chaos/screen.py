"""What the reports of all runs show alike: their tables, and the verdict last."""

from collections.abc import Sequence

from rich.box import SIMPLE
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text


def titled(title: str) -> Table:
    """Return a table with a title, and no columns."""
    return Table(title=title, title_justify="left", header_style="dim", box=SIMPLE, padding=(0, 2, 0, 0))


def show_verdict(console: Console, proved: str, problems: Sequence[str]) -> None:
    """Show what a run has proved, or its problems where it has any."""
    if problems:
        listed = "\n".join(f"✗ {problem}" for problem in problems)
        console.print(Panel(Text(f"NOT PROVED\n{listed}", style="bold red"), border_style="red"))
    else:
        console.print(Panel(Text(proved, style="bold green"), border_style="green"))
