from hypothesis import given
from hypothesis import strategies as st

from coattail_connector import RateLimit


def test_a_burst_may_go_at_once_and_then_as_fast_as_weight_comes_back() -> None:
    limit = RateLimit(per_second=5, burst=10)
    for _ in range(2):
        assert limit.delay(5, 100) == 0
        limit.spend(5, 100)
    assert limit.delay(5, 100) == 1
    assert limit.delay(5, 100.5) == 0.5
    assert limit.delay(5, 101) == 0


def test_a_pause_holds_everything_back() -> None:
    limit = RateLimit(per_second=5, burst=10)
    limit.pause(30, 100)
    limit.pause(10, 100)
    assert limit.delay(1, 101) == 29
    assert limit.delay(1, 130) == 0


@given(st.lists(st.tuples(st.floats(0, 10), st.integers(1, 10)), max_size=30))
def test_never_more_than_the_burst_and_what_came_back(requests: list[tuple[float, int]]) -> None:
    limit, now, spent = RateLimit(per_second=2, burst=10), 0.0, 0
    for seconds, weight in requests:
        now += seconds
        now += limit.delay(weight, now)
        limit.spend(weight, now)
        spent += weight
        assert spent <= 10 + 2 * now + 1e-6
