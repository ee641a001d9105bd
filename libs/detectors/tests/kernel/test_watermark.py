"""How far each exchange's time has come: the slowest shard that still sends trades decides, and it never goes back."""

from hypothesis import given
from hypothesis import strategies as st

from coattail_detectors.kernel.watermark import Shard, Watermarks

SECOND = 1_000_000
A, B = Shard("binance", "a"), Shard("binance", "b")
C = Shard("coinbase", "a")


def started(idle: int = 5) -> Watermarks:
    """Watermarks two seconds late, whose start is long over."""
    marks = Watermarks(2 * SECOND, idle * SECOND)
    marks.advance({A: 1}, now=-idle * SECOND)
    return marks


def test_it_is_the_latest_time_less_the_lateness() -> None:
    assert started().advance({A: 100 * SECOND}, now=0) == {"binance": 98 * SECOND}


def test_the_slowest_shard_of_an_exchange_is_waited_for_and_other_exchanges_are_not() -> None:
    marks = started().advance({A: 100 * SECOND, B: 40 * SECOND, C: 10 * SECOND}, now=0)

    assert marks == {"binance": 38 * SECOND, "coinbase": 8 * SECOND}


def test_a_silent_shard_is_not_waited_for() -> None:
    marks = started()
    marks.advance({A: 100 * SECOND, B: 40 * SECOND}, now=0)

    assert marks.advance({A: 105 * SECOND}, now=4 * SECOND) == {"binance": 38 * SECOND}
    assert marks.advance({A: 106 * SECOND}, now=5 * SECOND) == {"binance": 104 * SECOND}


def test_when_all_are_silent_the_latest_time_counts_and_goes_no_further() -> None:
    marks = started()
    marks.advance({A: 100 * SECOND, B: 40 * SECOND}, now=0)

    assert marks.advance({}, now=60 * SECOND) == {"binance": 98 * SECOND}
    assert marks.advance({}, now=600 * SECOND) == {"binance": 98 * SECOND}


def test_nothing_is_said_at_the_start_until_every_shard_can_have_been_heard_of() -> None:
    marks = Watermarks(0, 5 * SECOND)

    assert marks.advance({}, now=0) == {}
    assert marks.advance({A: 100}, now=10 * SECOND) == {}
    assert marks.advance({B: 60}, now=14 * SECOND) == {}
    assert marks.advance({A: 101}, now=15 * SECOND) == {"binance": 60}


def test_after_a_restart_every_shard_is_waited_for_again() -> None:
    before = started()
    before.advance({A: 100 * SECOND, B: 40 * SECOND}, now=0)
    after = Watermarks(2 * SECOND, 5 * SECOND)
    after.restore(before.state(), now=1_000 * SECOND)

    assert after.advance({A: 200 * SECOND}, now=1_004 * SECOND) == {"binance": 38 * SECOND}
    assert after.advance({B: 190 * SECOND}, now=1_006 * SECOND) == {"binance": 188 * SECOND}


@given(st.lists(st.tuples(st.sampled_from([A, B]), st.integers(0, 10**9), st.integers(0, 10**7)), max_size=30))
def test_it_never_goes_back(steps: list[tuple[Shard, int, int]]) -> None:
    marks, now, last = started(), 0, 0
    for shard, time, passed in steps:
        now += passed
        mark = marks.advance({shard: time}, now)["binance"]
        assert mark >= last
        last = mark


def test_a_shard_behind_a_backlog_is_not_idle() -> None:
    """It is silent because others are read first: after five seconds its trades were taken for late."""
    marks = started()
    marks.advance({A: 100 * SECOND, B: 40 * SECOND}, now=0, seen={"a": 0, "b": None})

    assert marks.advance({A: 200 * SECOND}, now=600 * SECOND, seen={"a": 600 * SECOND, "b": None}) == {
        "binance": 38 * SECOND
    }
    assert marks.advance({}, now=606 * SECOND, seen={"a": 606 * SECOND, "b": 606 * SECOND}) == {"binance": 198 * SECOND}


def test_no_exchange_is_ahead_of_a_shard_that_was_never_read() -> None:
    """It may hold trades of any exchange and of any time."""
    marks = Watermarks(0, 0)
    marks.advance({A: 1 * SECOND}, now=0, seen={"a": 0})
    assert marks.advance({A: 100 * SECOND}, now=60 * SECOND, seen={"a": 60 * SECOND, "b": None}) == {
        "binance": 1 * SECOND
    }


def test_exchanges_wait_for_each_other_while_a_backlog_is_read() -> None:
    """What compares them would leave one out that is read an hour after the other."""
    marks = started().advance({A: 4000 * SECOND, C: 400 * SECOND}, now=10 * SECOND, seen={"a": None})
    assert marks == {"binance": 398 * SECOND, "coinbase": 398 * SECOND}


def test_a_restart_waits_for_every_shard_as_if_just_heard_of() -> None:
    """A shard that was silent before the restart is not idle for that: what it holds since is still to be read."""
    before = started()
    before.advance({A: 100 * SECOND, B: 40 * SECOND}, now=0)
    after = Watermarks(2 * SECOND, 5 * SECOND)
    after.restore(before.state(), now=1_000 * SECOND)

    seen = {"a": 1_008 * SECOND, "b": 1_003 * SECOND}
    assert after.advance({A: 200 * SECOND}, now=1_008 * SECOND, seen=seen) == {"binance": 38 * SECOND}


def test_exchanges_wait_for_each_other_when_a_shard_falls_behind_again() -> None:
    """It was seen to its end once, but no longer since more than the idle time."""
    marks = started().advance({A: 4000 * SECOND, C: 400 * SECOND}, now=10 * SECOND, seen={"a": 4 * SECOND})
    assert marks == {"binance": 398 * SECOND, "coinbase": 398 * SECOND}
