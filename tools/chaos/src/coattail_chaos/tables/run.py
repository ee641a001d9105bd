"""The main path: one course of changes and lives after the other, each with tables of its own, and a judgement over each."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from coattail_chaos import child
from coattail_chaos.errors import ChaosError
from coattail_chaos.spark import environment
from coattail_chaos.tables import plan
from coattail_chaos.tables.life import Task, Told
from coattail_chaos.tables.plan import Change, Course, Step
from coattail_chaos.tables.report import CourseReport, StepReport, TablesReport
from coattail_chaos.tables.verdict import judge
from coattail_harness.processes import Say

_LIFE_SECONDS: Final = 900.0
_BACK_SECONDS: Final = 45.0
"""Iceberg reads no table whose commits lie a minute before the ones before."""
_BEGAN: Final = 1_800_000_000_000_000
_A_LIFE: Final = 600_000_000
_CLOCK_BACK: Final = 1_800_000_000
"""The application's own clock (µs): half of what a landing looks back by for alerts that it knows."""


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a run, by the same names. `rounds` 0: a small run."""

    seed: int
    rounds: int


class Place(msgspec.Struct, frozen=True):
    """The folders of a run."""

    folder: Path

    @property
    def warehouse(self) -> Path:
        """Of all databases."""
        return self.folder / "warehouse"

    @property
    def log(self) -> Path:
        """What all lives say beside their last line."""
        return self.folder / "logs" / "lives.log"

    def seals(self, database: str) -> Path:
        """Each database has its own."""
        return self.folder / "seals" / database


async def run(wishes: Wishes, folder: Path, say: Say) -> TablesReport:
    """Change the tables, kill the application, and say what the tables hold. Raises `ChaosError` when it cannot be carried out."""
    began = time.monotonic()
    random = Random(wishes.seed)  # noqa: S311  (chance, no secret)
    courses = plan.drawn(random, wishes.rounds) if wishes.rounds else plan.small(random)
    scratch = folder / "scratch"
    scratch.mkdir(parents=True)
    place, variables = Place(folder), environment(scratch)
    say(f"{len(courses)} courses of {sum(map(len, courses))} lives in all")
    reports = [
        await _course(course, f"course_{number}", place, variables, f"course {number} of {len(courses)}", say)
        for number, course in enumerate(courses, 1)
    ]
    problems = [f"{one.database}: {problem}" for one in reports for table in one.tables for problem in table.problems]
    planned = {step.change for course in courses for step in course if step.change}
    made = {step.change for one in reports for step in one.steps if step.changed}
    problems += [f"{change}: there was nothing to do, each time" for change in sorted(planned - made)]
    return TablesReport(
        passed=not problems,
        problems=tuple(problems),
        seed=wishes.seed,
        seconds=round(time.monotonic() - began, 1),
        courses=tuple(reports),
    )


async def _course(
    course: Course, database: str, place: Place, variables: Mapping[str, str], name: str, say: Say
) -> CourseReport:
    clock, reports = _BEGAN, list[StepReport]()
    told = Told()
    for number, step in enumerate(course, 1):
        clock += -_CLOCK_BACK if step.change is Change.CLOCK else _A_LIFE
        task = Task(
            warehouse=str(place.warehouse),
            seals=str(place.seals(database)),
            database=database,
            step=step,
            began=clock,
            back_seconds=_BACK_SECONDS,
            reads=number == len(course),
        )
        told = await _live(task, place, variables)
        reports.append(
            StepReport(change=step.change, midway=step.midway, changed=told.changed, died_before=told.died_before)
        )
        say(f"{name}, life {number} of {len(course)}: {_described(step, told)}")
    if told.contents is None:
        raise ChaosError(f"{name}: its last life did not say what the tables hold; its log is {place.log}")
    tables = judge(course[-1].until, told.contents)
    say(f"{name}: {sum(one.missing for one in tables)} missing, {sum(one.doubled for one in tables)} doubled")
    return CourseReport(database=database, steps=tuple(reports), tables=tables)


async def _live(task: Task, place: Place, variables: Mapping[str, str]) -> Told:
    words = (sys.executable, "-m", "coattail_chaos.tables.life", msgspec.json.encode(task).decode())
    ended = await child.run(words, variables, place.log, _LIFE_SECONDS)
    if ended.code != (-9 if task.step.dies_before else 0):
        raise ChaosError(f"a life in {task.database} ended with {ended.code}; its log is {place.log}")
    return msgspec.json.decode(ended.said, type=Told)


def _described(step: Step, told: Told) -> str:
    change = step.change or "no change"
    if step.change and not told.changed:
        change = f"{step.change} (there was nothing to do, or it died before)"
    when = " between two landings" if step.midway else ""
    end = f"killed before its commit of {told.died_before}" if told.died_before else "ended by itself"
    return f"{change}{when}, {end}"
