import pytest

from coattail_connector.gaps.pace import LONGEST, SHORTEST, UNKNOWN, Pace


def paced(trades: int, seconds: float, times: int = 50) -> tuple[Pace, float]:
    """A market that has had so many trades in each so many seconds, and the time of the last of them."""
    pace = Pace()
    for number in range(times):
        pace.look(trades * number, seconds * number)
    return pace, seconds * (times - 1)


@pytest.mark.parametrize(
    ("trades", "seconds", "allowed"),
    [(100, 1, SHORTEST), (1, 1, 20), (1, 5, 100), (1, 60, LONGEST)],
)
def test_a_silence_is_measured_by_the_markets_own_pace(trades: int, seconds: float, allowed: float) -> None:
    pace, now = paced(trades, seconds)
    assert not pace.suspicious(now + 0.99 * allowed)
    assert pace.suspicious(now + 1.01 * allowed)
    assert pace.silence(now + allowed) == allowed


def test_a_market_that_was_not_looked_at_is_not_suspected() -> None:
    assert not Pace().suspicious(1_000_000)


def test_a_market_of_which_nothing_is_known_is_suspected_and_its_first_id_says_nothing_of_its_pace() -> None:
    pace = Pace()
    pace.look(None, 100)
    assert not pace.suspicious(99 + UNKNOWN)
    assert pace.suspicious(100 + UNKNOWN)
    pace.look(7_000_000, 101 + UNKNOWN)
    assert not pace.suspicious(100 + 2 * UNKNOWN)
    assert pace.suspicious(101 + 2 * UNKNOWN)


def test_a_market_whose_pace_is_not_known_yet() -> None:
    pace = Pace()
    pace.look(7, 100)
    assert not pace.suspicious(99 + UNKNOWN)
    assert pace.suspicious(100 + UNKNOWN)


def test_a_new_pace_is_learned() -> None:
    pace, now = paced(100, 1)
    for number in range(1, 20):
        pace.look(4_900 + number, now + 30 * number)
    assert not pace.suspicious(now + 30 * 19 + 60)


def test_a_silence_that_has_its_reason_is_suspected_again_when_it_has_doubled() -> None:
    pace, now = paced(100, 1)
    pace.cleared(now + 15)
    assert not pace.suspicious(now + 29)
    assert pace.suspicious(now + 30)
    pace.look(5_000, now + 31)
    assert pace.suspicious(now + 31 + SHORTEST)


def test_on_a_new_connection_a_silence_is_suspected_early() -> None:
    pace, now = paced(1, 60)
    pace.suspect_soon(now + 20)
    assert not pace.suspicious(now + 29)
    assert pace.suspicious(now + 20 + SHORTEST)
