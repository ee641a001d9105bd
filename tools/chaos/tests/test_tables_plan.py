"""Which changes meet the tables, and where the application is killed."""

from itertools import pairwise, permutations
from random import Random

import pytest

from coattail_chaos.tables.plan import COMMITS_A_LANDING, LANDINGS_A_LIFE, MEANING, Change, drawn, small

COMMITS = LANDINGS_A_LIFE * len(COMMITS_A_LANDING)


@pytest.mark.parametrize("seed", range(10))
def test_the_whole_plan_has_every_order_every_change_and_every_commit(seed: int) -> None:
    courses = drawn(Random(seed), 6)
    steps = [step for course in courses for step in course]

    three = [Change.COMPACTION, Change.EXPIRY, Change.ROLLBACK]
    orders = [tuple(step.change for step in course if step.change in three) for course in courses]
    assert sorted(orders) == sorted(permutations(three))
    assert all({step.change for step in course} == {None, *Change} for course in courses)
    assert {step.dies_before for step in steps} == {0, *range(1, COMMITS + 1)}
    assert set(MEANING) == set(Change)


@pytest.mark.parametrize("seed", range(10))
def test_each_life_reads_on_and_only_the_last_ends_by_itself(seed: int) -> None:
    for course in (*drawn(Random(seed), 6), *small(Random(seed))):
        assert [step.until for step in course] == [4 * (number + 1) for number in range(len(course))]
        assert [bool(step.dies_before) for step in course] == [True] * (len(course) - 1) + [False]


@pytest.mark.parametrize("seed", range(10))
def test_a_rollback_has_something_to_go_back_by(seed: int) -> None:
    """The life before it commits the trades of both its landings, and it is made while no application runs."""
    for course in (*drawn(Random(seed), 6), *small(Random(seed))):
        for before, step in pairwise(course):
            assert step.change is not Change.ROLLBACK or (before.dies_before == COMMITS and not step.midway)


@pytest.mark.parametrize("seed", range(10))
def test_a_change_between_two_landings_is_lived_to_see(seed: int) -> None:
    steps = [step for course in drawn(Random(seed), 6) for step in course if step.midway]
    assert steps
    assert all(step.dies_before > len(COMMITS_A_LANDING) for step in steps)


def test_in_small_there_is_one_course_of_three_changes() -> None:
    (course,) = small(Random(1))
    assert sorted(step.change for step in course if step.change) == ["compaction", "expiry", "rollback"]
