"""What a run over changing tables has found, for programs and for people."""

from collections import Counter
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from coattail_chaos.screen import show_verdict, titled
from coattail_chaos.tables.plan import COMMITS_A_LANDING, MEANING, Change
from coattail_chaos.tables.verdict import TableVerdict


class StepReport(msgspec.Struct, frozen=True, kw_only=True):
    """A life: the change that it met, if it was made, and the commit before which it was killed."""

    change: Change | None
    midway: bool
    changed: bool
    died_before: str | None


class CourseReport(msgspec.Struct, frozen=True, kw_only=True):
    """The lives over the tables of one database, and what stood in them in the end."""

    database: str
    steps: tuple[StepReport, ...]
    tables: tuple[TableVerdict, ...]


class TablesReport(msgspec.Struct, frozen=True, kw_only=True):
    """All courses."""

    passed: bool
    problems: tuple[str, ...]
    seed: int
    seconds: float
    courses: tuple[CourseReport, ...]

    @property
    def kills(self) -> Counter[str]:
        """How often the application was killed before its commit of what."""
        return Counter(step.died_before for one in self.courses for step in one.steps if step.died_before)

    @property
    def changes(self) -> Counter[Change]:
        """How often each change was made."""
        return Counter(step.change for one in self.courses for step in one.steps if step.changed and step.change)

    def of(self, table: str) -> TableVerdict:
        """Return the verdict over a table in all courses together."""
        here = [one for course in self.courses for one in course.tables if one.table == table]
        return TableVerdict(
            table=table,
            put=sum(one.put for one in here),
            missing=sum(one.missing for one in here),
            doubled=sum(one.doubled for one in here),
            unexpected=sum(one.unexpected for one in here),
        )


def show(console: Console, made: TablesReport) -> None:
    """Changes, kills, tables, and the verdict last."""
    changes = _table("Changes", "change", "made", "")
    for change, count in sorted(made.changes.items()):
        changes.add_row(change, f"{count:,}", MEANING[change])
    console.print(changes)
    kills = _table("kill -9 before the commit of", *COMMITS_A_LANDING)
    kills.add_row(*(f"{made.kills[commit]:,}" for commit in COMMITS_A_LANDING))
    console.print(kills)
    tables = _table("Tables in the end", "table", *_COLUMNS)
    for name in sorted({one.table for course in made.courses for one in course.tables}):
        found = made.of(name)
        counts = (found.put, found.missing, found.doubled, found.unexpected)
        tables.add_row(name, *(f"{count:,}" for count in counts))
    console.print(tables)
    show_verdict(console, _proved(made), made.problems)


def _proved(made: TablesReport) -> str:
    return (
        f"PROVED  {made.changes.total()} changes and {made.kills.total()} kills, over {len(made.courses)} courses: "
        "0 rows missing, 0 doubled"
    )


def _table(title: str, *columns: str) -> Table:
    table = titled(title)
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 and column in _NAMES else "right" if column else "left")
    return table


_NAMES: Final = ("change", "table")
_COLUMNS: Final = ("put", "missing", "doubled", "never put")
