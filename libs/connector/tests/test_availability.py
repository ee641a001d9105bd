"""When a market that the exchange does not serve is asked for again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coattail_connector.markets.availability import Availability

BTC, ETH = "BTC-USDT", "ETH-USDT"


@pytest.fixture
def availability() -> Availability:
    return Availability(60, 900)


def asked_at(availability: Availability, since: float) -> list[float]:
    """The times of the next questions, to each of which the exchange has nothing new to say."""
    times, now = [], since
    for _ in range(6):
        now = next(float(at) for at in range(int(now), int(now) + 2000) if availability.due(at))
        availability.put_off([BTC], now)
        times.append(now - since)
    return times


def test_it_is_asked_for_after_a_minute_then_after_twice_as_long_and_at_most_a_quarter_of_an_hour(
    availability: Availability,
) -> None:
    assert availability.lose(BTC, 1000)
    assert asked_at(availability, 1000) == [60, 180, 420, 900, 1800, 2700]


def test_what_is_tried_is_wanted_and_returns_when_it_was_not_refused(availability: Availability) -> None:
    availability.lose(BTC, 0)
    availability.attempt([BTC], 60)
    assert availability.unavailable == ()
    assert availability.returned(119) == ()
    assert availability.returned(120) == (BTC,)
    assert availability.lose(BTC, 121)


def test_what_is_refused_while_it_is_tried_is_no_news_and_waits_longer(availability: Availability) -> None:
    availability.lose(BTC, 0)
    availability.attempt([BTC], 60)
    assert not availability.lose(BTC, 61)
    assert availability.unavailable == (BTC,)
    assert availability.due(180) == ()
    assert availability.due(181) == (BTC,)
    assert availability.returned(1e9) == ()


def test_what_is_followed_no_more_is_forgotten(availability: Availability) -> None:
    availability.lose(BTC, 0)
    availability.lose(ETH, 0)
    availability.keep([ETH])
    assert availability.unavailable == (ETH,)
    assert availability.lose(BTC, 1)


@given(st.lists(st.tuples(st.sampled_from(["lose", "look"]), st.booleans(), st.integers(1, 2000))))
def test_it_is_never_asked_oftener_than_once_a_minute_nor_left_for_longer_than_a_quarter_of_an_hour(
    steps: list[tuple[str, bool, int]],
) -> None:
    availability = Availability(60, 900)
    now = asked = 0
    availability.lose(BTC, 0)
    for step, has_it, seconds in steps:
        now += seconds
        if step == "lose":
            availability.lose(BTC, now)
            asked = now
        elif availability.due(now):
            assert now - asked >= 60
            asked = now
            (availability.attempt if has_it else availability.put_off)([BTC], now)
        else:
            assert now - asked < 900 or BTC not in availability.unavailable
        availability.returned(now)
