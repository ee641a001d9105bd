"""Waiting: longer with each failure, never beyond the bound, and not in step with others."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from kinesis_writer.retry import BASE_SECONDS, MOST_SECONDS, full_jitter


@given(st.integers(0, 10_000), st.integers())
def test_it_is_within_its_bounds(failures: int, seed: int) -> None:
    wait = full_jitter(failures, Random(seed))

    assert 0 <= wait <= min(MOST_SECONDS, BASE_SECONDS * 2 ** min(failures, 16))


def test_two_writers_do_not_wait_the_same() -> None:
    assert full_jitter(5, Random(1)) != full_jitter(5, Random(2))
