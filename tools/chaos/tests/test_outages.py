"""Which outages are drawn."""

from random import Random

import pytest

from coattail_chaos.bus.outages import MEANING, Kind, drawn


@pytest.mark.parametrize("seed", range(20))
def test_outages_are_as_long_as_they_may_be_and_of_every_kind(seed: int) -> None:
    found = drawn(Random(seed), count=50, longest=60, lasting=300, kills=5)

    assert len(found) == 51
    assert all(1 <= one.seconds <= 60 for one in found[:50])
    assert found[50].seconds == 300
    assert {one.kind for one in found} == set(Kind) == set(MEANING)
    assert sum(one.kills for one in found) == 5
    assert found[50].kills


def test_an_outage_that_lasts_and_kills_can_be_left_out() -> None:
    found = drawn(Random(1), count=3, longest=1, lasting=0, kills=0)

    assert [(one.seconds, one.kills) for one in found] == [(1, False)] * 3


def test_one_kill_is_in_the_outage_that_lasts() -> None:
    assert [one.kills for one in drawn(Random(1), count=2, longest=3, lasting=5, kills=1)] == [False, False, True]


def test_more_kills_than_outages_are_one_in_each() -> None:
    assert all(one.kills for one in drawn(Random(1), count=2, longest=3, lasting=0, kills=9))


def test_the_same_seed_draws_the_same() -> None:
    first, second = (drawn(Random(7), count=9, longest=9, lasting=9, kills=2) for _ in range(2))
    assert first == second
