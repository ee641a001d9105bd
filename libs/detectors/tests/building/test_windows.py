"""Windows by hand, and the properties that make them the same in stream and in batch."""

import random
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from coattail_detectors.building.windows import Window, Windows
from coattail_detectors.kernel.observed import Bar
from coattail_testing.detectors import BINANCE, COINBASE, SECOND, bar, until

SIZE = 10 * SECOND


def windows(forget_after: int = 100) -> Windows:
    return Windows(SIZE, forget_after)


def starts(closed: list[Window]) -> list[int]:
    return [window.start // SECOND for window in closed]


def test_bars_of_one_window_add_up() -> None:
    tumbling = windows()
    tumbling.add([bar(20, "1.5", "100", first_id=7, trades=3), bar(25, "0.5", "200", first_id=10)])

    (window,) = tumbling.close(until(30))

    assert window == Window(
        market=BINANCE,
        start=20 * SECOND,
        end=30 * SECOND,
        trades=4,
        volume=Decimal("2.0"),
        amount=Decimal("250.00"),
        first_trade_id=7,
        last_trade_id=10,
    )


def test_a_window_stays_open_until_the_watermark_has_reached_its_end() -> None:
    tumbling = windows()
    tumbling.add([bar(20, "1")])

    assert list(tumbling.close({"binance": 30 * SECOND - 1})) == []
    assert starts(list(tumbling.close({"binance": 30 * SECOND}))) == [20]
    assert list(tumbling.close({"binance": 30 * SECOND})) == []


def test_another_exchanges_time_closes_nothing() -> None:
    tumbling = windows()
    tumbling.add([bar(20, "1")])

    assert list(tumbling.close(until(90, "coinbase"))) == []


def test_quiet_windows_in_between_are_windows() -> None:
    tumbling = windows()
    tumbling.add([bar(20, "1"), bar(50, "2")])

    closed = list(tumbling.close(until(70)))

    assert [(window.start // SECOND, window.volume, window.trades) for window in closed] == [
        (20, 1, 1),
        (30, 0, 0),
        (40, 0, 0),
        (50, 2, 1),
        (60, 0, 0),
    ]
    assert (closed[1].first_trade_id, closed[1].last_trade_id) == (None, None)


def test_a_late_trade_within_the_watermark_changes_its_window() -> None:
    tumbling = windows()
    tumbling.add([bar(40, "1")])
    tumbling.add([bar(22, "5")])

    assert [window.volume for window in tumbling.close(until(50))] == [5, 0, 1]


def test_a_trade_that_is_too_late_is_counted_and_changes_nothing() -> None:
    tumbling = windows()
    tumbling.add([bar(20, "1")])
    list(tumbling.close(until(40)))
    tumbling.add([bar(25, "9", trades=3), bar(40, "2")])

    assert [window.volume for window in tumbling.close(until(50))] == [2]
    assert tumbling.late == 3


def test_a_quiet_market_is_forgotten_and_begins_again() -> None:
    tumbling = windows(forget_after=2)
    tumbling.add([bar(20, "1")])

    assert starts(list(tumbling.close(until(500)))) == [20, 30, 40]
    assert tumbling.markets == frozenset()
    tumbling.add([bar(510, "1")])
    assert starts(list(tumbling.close(until(530)))) == [510, 520]


def test_it_makes_no_difference_to_the_quiet_whether_the_next_trade_is_known_yet() -> None:
    tumbling = windows(forget_after=2)
    tumbling.add([bar(20, "1"), bar(510, "1")])

    assert starts(list(tumbling.close(until(530)))) == [20, 30, 40, 510, 520]


BARS = st.lists(
    st.builds(
        bar,
        st.integers(0, 60),
        st.decimals("0.001", "1000", places=3).map(str),
        market=st.sampled_from([BINANCE, COINBASE]),
        first_id=st.integers(1, 1000),
    ),
    max_size=40,
)


def closed_at_once(bars: list[Bar], end: int) -> list[Window]:
    tumbling = windows()
    tumbling.add(bars)
    return list(tumbling.close(until(end, "binance", "coinbase")))


@given(BARS, st.randoms(use_true_random=False))
def test_the_order_of_the_bars_makes_no_difference(bars: list[Bar], shuffler: random.Random) -> None:
    shuffled = list(bars)
    shuffler.shuffle(shuffled)

    assert closed_at_once(shuffled, 80) == closed_at_once(bars, 80)


@given(BARS, st.integers(1, 7), st.booleans())
def test_cutting_into_batches_and_restarting_between_them_makes_no_difference(
    bars: list[Bar], step: int, restarted: bool
) -> None:
    in_time = sorted(bars, key=lambda one: one.start)
    tumbling, closed = windows(), []
    for at in range(0, len(in_time), step):
        part = in_time[at : at + step]
        tumbling.add(part)
        closed += list(tumbling.close(until(part[-1].start // SECOND, "binance", "coinbase")))
        if restarted:
            state, tumbling = tumbling.state(), windows()
            tumbling.restore(state)
    closed += list(tumbling.close(until(80, "binance", "coinbase")))

    assert sorted(closed, key=lambda one: (one.start, one.market)) == closed_at_once(bars, 80)


@given(BARS, st.integers(1, 50))
def test_a_shift_in_time_by_whole_windows_shifts_the_windows(bars: list[Bar], count: int) -> None:
    shift = 10 * count
    moved = [bar(one.start // SECOND + shift, str(one.volume), market=one.market) for one in bars]
    plain = [bar(one.start // SECOND, str(one.volume), market=one.market) for one in bars]

    assert [
        (window.start - shift * SECOND, window.market, window.volume) for window in closed_at_once(moved, 80 + shift)
    ] == [(window.start, window.market, window.volume) for window in closed_at_once(plain, 80)]
