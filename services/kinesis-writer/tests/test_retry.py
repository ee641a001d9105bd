"""Waiting: longer with each refusal, never beyond the bound, not in step with others, and forgotten by halves."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from kinesis_writer.retry import BASE_SECONDS, MOST_SECONDS, longer, shorter


@given(st.floats(0, MOST_SECONDS), st.integers())
def test_it_is_within_its_bounds(wait: float, seed: int) -> None:
    assert BASE_SECONDS <= longer(wait, Random(seed)) <= min(MOST_SECONDS, 3 * max(wait, BASE_SECONDS))


@given(st.integers())
def test_it_grows_while_it_is_refused(seed: int) -> None:
    random, wait, longest = Random(seed), 0.0, 0.0
    for _ in range(200):
        wait = longer(wait, random)
        longest = max(longest, wait)

    assert longest > 1


def test_two_writers_do_not_wait_the_same() -> None:
    assert longer(1, Random(1)) != longer(1, Random(2))


def test_it_is_forgotten_by_halves_and_then_altogether() -> None:
    waits = [1.0]
    while waits[-1]:
        waits.append(shorter(waits[-1]))

    assert waits[:3] == [1, 0.5, 0.25]
    assert waits[-2] >= BASE_SECONDS
    assert len(waits) == 10
