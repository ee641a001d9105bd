from hypothesis import given
from hypothesis import strategies as st

from coattail_connector.cursors import Progress

BTC = "BTC-USDT"


def test_it_stands_before_the_first_id_that_is_not_settled() -> None:
    progress = Progress()
    progress.begin(BTC, 100)
    progress.settle(BTC, 103, 110)
    progress.settle(BTC, 120, 121)
    assert progress.values() == {BTC: 100}
    progress.settle(BTC, 101, 102)
    assert progress.values() == {BTC: 110}
    progress.settle(BTC, 90, 119)
    assert progress.values() == {BTC: 121}


def test_what_lies_beyond_a_gap_takes_no_more_memory_the_longer_it_is_open() -> None:
    progress = Progress()
    progress.begin(BTC, 100)
    for first in (*range(200, 300, 2), *range(400, 300, -2)):
        progress.settle(BTC, first, first + 1)
    assert progress._markets[BTC].beyond == [(200, 299), (302, 401)]
    assert progress.values() == {BTC: 100}


def test_what_was_settled_within_a_larger_part_does_not_bring_it_back() -> None:
    progress = Progress()
    progress.begin(BTC, 100)
    progress.settle(BTC, 103, 104)
    progress.settle(BTC, 101, 110)
    assert progress.values() == {BTC: 110}
    progress.settle(BTC, 112, 120)
    progress.settle(BTC, 114, 115)
    progress.settle(BTC, 111, 111)
    assert progress.values() == {BTC: 120}


def test_a_market_that_did_not_begin_begins_with_what_is_settled_first() -> None:
    progress = Progress()
    progress.settle(BTC, 5, 6)
    progress.settle("ETH-USDT", 900, 900)
    assert progress.values() == {BTC: 6, "ETH-USDT": 900}


def test_beginning_again_forgets_the_old_numbers() -> None:
    progress = Progress()
    progress.begin(BTC, 100)
    progress.settle(BTC, 105, 110)
    progress.begin(BTC, 3)
    progress.settle(BTC, 4, 104)
    assert progress.values() == {BTC: 104}


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 8)), max_size=60))
def test_it_is_as_if_every_id_were_remembered(parts: list[tuple[int, int]]) -> None:
    progress, settled = Progress(), set(range(1, 11))
    progress.begin(BTC, 10)
    for first, more in parts:
        progress.settle(BTC, first, first + more)
        settled |= set(range(first, first + more + 1))
        expected = next(number for number in range(1, 80) if number not in settled) - 1
        assert progress.values() == {BTC: expected}
