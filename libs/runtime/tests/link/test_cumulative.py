"""Completions in any order: the number never runs ahead of them."""

from hypothesis import given
from hypothesis import strategies as st

from coattail_runtime.link.cumulative import Cumulative


@given(st.integers(min_value=0, max_value=100), st.permutations(range(1, 20)))
def test_it_is_everything_up_to_the_first_that_is_missing(start: int, order: list[int]) -> None:
    cumulative = Cumulative(start)
    complete: set[int] = set()

    for offset in order:
        complete.add(start + offset)
        before = cumulative.value
        moved = cumulative.complete(start + offset)

        first_missing = next(number for number in range(start + 1, start + 21) if number not in complete)
        assert cumulative.value == first_missing - 1
        assert moved == (cumulative.value > before)


def test_a_completion_that_is_told_twice_changes_nothing() -> None:
    cumulative = Cumulative()
    cumulative.complete(1)

    assert not cumulative.complete(1)
    assert cumulative.value == 1
