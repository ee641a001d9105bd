"""Properties of the id ranges: they hold exactly the ids that were put in, whatever the order and the cuts."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from coattail_common.ids import IdRange, common, contains, holes, includes, lacking, merge, overlap, ranges_of, size

ids = st.sets(st.integers(min_value=0, max_value=200), max_size=60)


@given(ids)
def test_ranges_hold_exactly_their_ids(numbers: set[int]) -> None:
    ranges = ranges_of(numbers)

    assert {number for number in range(-1, 202) if contains(ranges, number)} == numbers
    assert ranges == ranges_of([*numbers, *numbers]) == merge([IdRange(number, number) for number in numbers])


@given(ids, ids)
def test_merging_is_union_in_any_order(some: set[int], others: set[int]) -> None:
    expected = ranges_of(some | others)

    assert merge(ranges_of(some), ranges_of(others)) == expected
    assert merge(ranges_of(others), ranges_of(some)) == expected


@given(ids)
def test_ranges_are_the_fewest(numbers: set[int]) -> None:
    ranges = ranges_of(numbers)

    assert all(left.last + 1 < right.first for left, right in itertools.pairwise(ranges))


@given(ids)
def test_holes_are_what_lies_between(numbers: set[int]) -> None:
    between = {number for hole in holes(ranges_of(numbers)) for number in range(hole.first, hole.last + 1)}

    assert between == (set(range(min(numbers), max(numbers))) - numbers if numbers else set())


@given(ids, ids)
def test_common_is_intersection(some: set[int], others: set[int]) -> None:
    assert common(ranges_of(some), ranges_of(others)) == ranges_of(some & others)


@given(ids, ids)
def test_overlap_includes_and_size_are_those_of_sets(some: set[int], others: set[int]) -> None:
    left, right = ranges_of(some), ranges_of(others)

    assert overlap(left, right) == bool(some & others)
    assert includes(left, right) == (others <= some)
    assert includes(ranges_of(some | others), right)
    assert size(left) == len(some)


@given(ids, st.integers(0, 200), st.integers(0, 200))
def test_what_is_lacking_was_wanted_and_is_not_there(numbers: set[int], one: int, other: int) -> None:
    wanted = IdRange(min(one, other), max(one, other))
    lacks = {number for hole in lacking(ranges_of(numbers), wanted) for number in range(hole.first, hole.last + 1)}

    assert lacks == set(range(wanted.first, wanted.last + 1)) - numbers


def test_a_range_is_shown_as_people_write_it() -> None:
    assert [str(one) for one in ranges_of([7, 1, 2, 3])] == ["1–3", "7"]
