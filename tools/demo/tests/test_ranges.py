"""Ids as ranges, against sets."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from coattail_demo.ranges import IdRange, common, count, missing_ranges, ranges_of, union

ids = st.lists(st.integers(0, 60))


@given(ids)
def test_ranges_hold_the_ids_and_no_others(numbers: list[int]) -> None:
    ranges = ranges_of(numbers)
    assert {number for one in ranges for number in range(one.first, one.last + 1)} == set(numbers)
    assert count(ranges) == len(set(numbers))
    assert all(left.last + 1 < right.first for left, right in pairwise(ranges))


@given(ids, st.integers(0, 60), st.integers(0, 60))
def test_what_is_missing_is_what_was_wanted_and_is_not_there(numbers: list[int], one: int, other: int) -> None:
    wanted = IdRange(min(one, other), max(one, other))
    missing = missing_ranges(ranges_of(numbers), wanted)
    assert {number for hole in missing for number in range(hole.first, hole.last + 1)} == (
        set(range(wanted.first, wanted.last + 1)) - set(numbers)
    )


def test_a_range_is_shown_as_people_write_it() -> None:
    assert [str(one) for one in ranges_of([7, 1, 2, 3])] == ["1–3", "7"]


@given(st.sets(st.integers(1, 60)), st.sets(st.integers(1, 60)))
def test_what_is_in_either_and_in_both(one: set[int], other: set[int]) -> None:
    assert union(ranges_of(one), ranges_of(other)) == ranges_of(one | other)
    assert common(ranges_of(one), ranges_of(other)) == len(one & other)
