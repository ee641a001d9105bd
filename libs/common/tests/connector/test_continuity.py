from hypothesis import given
from hypothesis import strategies as st

from coattail_common.connector import Continuity, Gap
from coattail_common.connector.continuity import RENUMBERED_BEYOND


def test_consecutive_ids_are_no_gap() -> None:
    continuity = Continuity()
    assert [continuity.trade("BTC-USDT", trade_id) for trade_id in (5, 6, 7)] == [None, None, None]
    assert continuity.cursor("BTC-USDT") == 7


def test_a_gap_names_its_first_and_last_trade() -> None:
    continuity = Continuity()
    continuity.trade("BTC-USDT", 5)
    gap = continuity.trade("BTC-USDT", 9)
    assert gap == Gap("BTC-USDT", 6, 8)
    assert gap.count == 3
    assert continuity.trade("BTC-USDT", 10) is None


def test_markets_are_apart() -> None:
    continuity = Continuity()
    continuity.trade("BTC-USDT", 5)
    assert continuity.trade("ETH-USDT", 900) is None
    assert continuity.cursor("BTC-USDT") == 5
    assert continuity.cursor("SOL-USDT") is None


def test_a_repeated_or_late_trade_is_counted_and_moves_nothing() -> None:
    continuity = Continuity()
    continuity.trade("BTC-USDT", 5)
    assert continuity.trade("BTC-USDT", 5) is None
    assert continuity.trade("BTC-USDT", 4) is None
    assert (continuity.repeated, continuity.cursor("BTC-USDT")) == (2, 5)


def test_the_exchanges_word_shows_a_gap_in_a_quiet_market() -> None:
    continuity = Continuity()
    assert continuity.latest("BTC-USD", 100) is None
    assert continuity.latest("BTC-USD", 100) is None
    assert continuity.latest("BTC-USD", 102) == Gap("BTC-USD", 101, 102)
    assert continuity.trade("BTC-USD", 103) is None
    assert continuity.latest("BTC-USD", 103) is None


def test_an_older_word_changes_nothing() -> None:
    continuity = Continuity()
    continuity.trade("BTC-USD", 100)
    assert continuity.latest("BTC-USD", 99) is None
    assert continuity.cursor("BTC-USD") == 100


def test_gaps_are_still_seen_after_one_wrong_high_number() -> None:
    continuity = Continuity()
    continuity.trade("BTC-USD", 100)
    assert continuity.trade("BTC-USD", 100 + 2 * RENUMBERED_BEYOND) is not None
    assert continuity.trade("BTC-USD", 101) is None
    assert continuity.renumbered == 1
    assert continuity.trade("BTC-USD", 103) == Gap("BTC-USD", 102, 102)


@given(st.lists(st.integers(0, 60), max_size=40))
def test_what_is_missing_is_exactly_what_the_gaps_say(ids: list[int]) -> None:
    continuity = Continuity()
    told: set[int] = set()
    for trade_id in ids:
        if gap := continuity.trade("BTC-USDT", trade_id):
            told.update(range(gap.first, gap.last + 1))
    later = {trade_id for place, trade_id in enumerate(ids) if any(trade_id < before for before in ids[:place])}
    if ids:
        expected = set(range(ids[0], max(ids) + 1)) - (set(ids) - later)
        assert told <= set(range(ids[0], max(ids)))
        assert set(range(ids[0], max(ids) + 1)) - set(ids) <= told <= expected
