"""Which changes meet the tables in which order, and before which commit each life of the application ends. Drawn from the seed, pure."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import cycle, permutations
from random import Random
from typing import Final

import msgspec


class Change(StrEnum):
    """What is done to the tables, or to the clock of their commits."""

    COLUMN = "column"
    COMPACTION = "compaction"
    EXPIRY = "expiry"
    ROLLBACK = "rollback"
    CLOCK = "clock"


MEANING: Final = {
    Change.COLUMN: "a column is added to every table, in front",
    Change.COMPACTION: "every table is rewritten by rewrite_data_files",
    Change.EXPIRY: "every snapshot but the newest expires, tagged ones apart",
    Change.ROLLBACK: "raw_trades goes back by one snapshot",
    Change.CLOCK: "the newest commit was made by a clock 45 s behind, and the application's own is half an hour behind",
}
PARTS_A_LANDING: Final = 2
LANDINGS_A_LIFE: Final = 2
COMMITS_A_LANDING: Final = ("dq_rejects", "whale_trades", "anomaly_alerts", "raw_trades", "tag")
"""In their order, where a landing brings some of everything."""
_COMMITS: Final = LANDINGS_A_LIFE * len(COMMITS_A_LANDING)
_ORDERS: Final = tuple(permutations((Change.COMPACTION, Change.EXPIRY, Change.ROLLBACK)))


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A change, and a life of the application after it, or around it (`midway`: between its first landing and its second).

    The life reads the stream up to part `until`, and is killed before its `dies_before`th commit (from 1); 0: it ends by itself.
    """

    change: Change | None
    midway: bool
    until: int
    dies_before: int


type Course = tuple[Step, ...]
"""What the tables of one database go through."""


def drawn(random: Random, rounds: int) -> tuple[Course, ...]:
    """Return `rounds` courses: the orders of compaction, expiry and rollback one after the other, with a column and a clock in between."""
    points = _points(random)
    return tuple(
        _course(_with_others(order, random), points, random) for order, _ in zip(cycle(_ORDERS), range(rounds))
    )


def small(random: Random) -> tuple[Course, ...]:
    """Return one course, of compaction, expiry and rollback in one of their orders."""
    return (_course(list(random.choice(_ORDERS)), _points(random), random),)


def _with_others(order: Sequence[Change], random: Random) -> list[Change]:
    changes = list(order)
    for other in (Change.COLUMN, Change.CLOCK):
        changes.insert(random.randint(0, len(changes)), other)
    return changes


def _course(changes: list[Change], points: Iterator[int], random: Random) -> Course:
    steps: list[Step] = []
    for change in (None, *changes):
        number = len(steps)
        # A rollback needs something to go back by, whatever has expired; and between the trades and their tag is the least safe.
        rolls_back_next = changes[number : number + 1] == [Change.ROLLBACK]
        dies_before = _COMMITS if rolls_back_next or number == 0 else next(points)
        lives_to_it = dies_before > len(COMMITS_A_LANDING)
        midway = change not in {None, Change.ROLLBACK} and lives_to_it and random.choice((True, False))
        steps.append(Step(change=change, midway=midway, until=_end(number), dies_before=dies_before))
    return (*steps, Step(change=None, midway=False, until=_end(len(steps)), dies_before=0))


def _end(number: int) -> int:
    return (number + 1) * PARTS_A_LANDING * LANDINGS_A_LIFE


def _points(random: Random) -> Iterator[int]:
    """Yield every commit of a life before any comes twice, for ever."""
    while True:
        yield from random.sample(range(1, _COMMITS + 1), _COMMITS)
