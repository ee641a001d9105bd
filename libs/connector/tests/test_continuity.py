"""What is in order, a gap, filled, lost, late or repeated, and when later trades may pass."""

import pytest

from coattail_common.lines import TradeLine
from coattail_connector import Continuity, Filling, Gap, Verdict
from coattail_testing.continuity import BTC, FILLING, Feed
from coattail_testing.records import a_line


@pytest.fixture
def feed() -> Feed:
    return Feed()


def test_consecutive_ids_are_handed_on_at_once(feed: Feed) -> None:
    assert feed.trades(5).began == 4
    assert feed.trades(6, 7) == Verdict(BTC)
    assert (feed.released, feed.continuity.newest(BTC)) == ([5, 6, 7], 7)


def test_later_trades_wait_for_what_is_missing(feed: Feed) -> None:
    feed.trades(5)
    assert feed.trades(9).opened == [Gap(BTC, 6, 8)]
    feed.trades(10)
    assert (feed.released, feed.continuity.held, feed.continuity.missing) == ([5], 2, 3)
    assert feed.wanted() is None
    feed.now = 1
    assert feed.wanted() == Gap(BTC, 6, 8)
    assert feed.fetch(6, 7, 8).filled == [Gap(BTC, 6, 8)]
    assert feed.released == [5, 6, 7, 8, 9, 10]
    assert feed.trades(11) == Verdict(BTC)


def test_a_gap_is_filled_in_parts(feed: Feed) -> None:
    feed.trades(5, 9)
    feed.now = 1
    assert feed.wanted(most=2) == Gap(BTC, 6, 7)
    verdict = feed.take(feed.continuity.fetched(Gap(BTC, 6, 7), [a_line(6), a_line(7)], 1))
    assert (verdict.filled, feed.released) == ([], [5, 6, 7])
    assert feed.wanted(most=2) == Gap(BTC, 8, 8)
    assert feed.fetch(8).filled == [Gap(BTC, 6, 8)]
    assert feed.released == [5, 6, 7, 8, 9]


@pytest.mark.parametrize("nothing", [0, -1])
def test_a_latest_id_of_nothing_opens_no_gap(feed: Feed, nothing: int) -> None:
    """Coinbase's heartbeat said 0 before anything else: the first trade made a gap of 1,100,036,126."""
    assert feed.latest(nothing) == Verdict(BTC)
    assert feed.trades(1_100_036_127).opened == []
    assert feed.latest(nothing) == Verdict(BTC)
    assert feed.released == [1_100_036_127]


def test_a_late_trade_closes_a_gap_without_fetching(feed: Feed) -> None:
    feed.trades(5, 8)
    assert feed.trades(7).late == 1
    assert feed.released == [5]
    assert feed.trades(6).filled == []
    assert feed.released == [5, 6, 7, 8]
    assert feed.continuity.due_at() is None


def test_a_repeated_trade_is_dropped(feed: Feed) -> None:
    feed.trades(5, 6)
    assert feed.trades(6).repeated == 1
    assert feed.trades(5).repeated == 1
    feed.trades(9)
    assert feed.trades(9).repeated == 1
    assert feed.released == [5, 6]


def test_trades_pass_when_they_have_waited_long_enough(feed: Feed) -> None:
    feed.trades(5, 8)
    assert feed.continuity.deadline() == 5
    feed.now = 5
    for verdict in feed.continuity.expire(5):
        feed.take(verdict)
    assert feed.trades(9) == Verdict(BTC)
    assert feed.trades(11).opened == [Gap(BTC, 10, 10)]
    assert (feed.released, feed.continuity.deadline()) == ([5, 8, 9, 11], None)
    assert feed.fetch(6).release == [a_line(6)]
    assert feed.wanted() is None
    feed.now = 15
    assert feed.wanted() == Gap(BTC, 7, 10)
    assert feed.fetch(7, 10).filled == [Gap(BTC, 6, 7), Gap(BTC, 10, 10)]
    feed.trades(13)
    assert feed.released == [5, 8, 9, 11, 6, 7, 10]


def test_a_market_that_was_left_is_forgotten_with_the_next_change(feed: Feed) -> None:
    feed.trades(5)
    feed.continuity.leave([BTC])
    assert feed.continuity.newest(BTC) == 5
    feed.continuity.stay([])
    assert feed.continuity.newest(BTC) is None


def test_a_market_that_is_followed_again_goes_on_where_it_was(feed: Feed) -> None:
    feed.trades(5)
    feed.continuity.leave([BTC])
    feed.continuity.stay([BTC])
    feed.continuity.resume(BTC, 4)
    assert feed.continuity.newest(BTC) == 5
    assert feed.trades(8).opened == [Gap(BTC, 6, 7)]


def test_a_market_that_somebody_else_followed_meanwhile_goes_on_from_there(feed: Feed) -> None:
    feed.trades(5)
    feed.continuity.leave([BTC])
    feed.continuity.stay([BTC])
    feed.continuity.resume(BTC, 900)
    assert feed.trades(902).opened == [Gap(BTC, 901, 901)]


def test_what_is_missing_of_a_market_that_was_left_is_not_forgotten(feed: Feed) -> None:
    feed.trades(5, 7)
    feed.continuity.leave([BTC])
    feed.continuity.stay([])
    feed.continuity.resume(BTC, 900)
    feed.now = 1
    assert feed.fetch(6).filled == [Gap(BTC, 6, 6)]
    assert feed.released == [5, 6, 7]
    feed.continuity.stay([])
    assert feed.continuity.newest(BTC) is None


def test_trades_pass_when_there_are_too_many(feed: Feed) -> None:
    feed.trades(5, 7, 8, 9, 10)
    assert feed.released == [5]
    feed.trades(11)
    assert feed.released == [5, 7, 8, 9, 10, 11]


def test_what_the_exchange_does_not_have_is_lost_after_some_tries(feed: Feed) -> None:
    feed.trades(5, 9)
    for at in (1, 11, 31):
        feed.now = at
        assert feed.wanted() is not None
        feed.fetch(8)
    assert feed.lost == [Gap(BTC, 6, 7)]
    assert feed.filled == [Gap(BTC, 8, 8)]
    assert feed.released == [5, 8, 9]
    assert feed.trades(6).late == 1
    assert feed.trades(6).repeated == 1
    assert feed.released == [5, 8, 9, 6]


def test_a_gap_that_is_asked_for_along_with_older_ones_has_its_own_tries() -> None:
    feed = Feed()
    feed.trades(5, 7)
    feed.now = 1
    feed.fetch()
    feed.now = 10.5
    feed.trades(9)
    feed.now = 11
    assert feed.wanted() == Gap(BTC, 6, 8)
    feed.fetch()
    for feed.now in (11.5, 21.5):
        assert feed.wanted() == Gap(BTC, 8, 8)
        feed.fetch()
    assert feed.lost == []
    for feed.now in (31, 41.5):
        feed.fetch()
    assert feed.lost == [Gap(BTC, 6, 6), Gap(BTC, 8, 8)]


def test_of_a_gap_that_is_gone_only_the_first_part_is_asked_for_again_and_again(feed: Feed) -> None:
    feed.trades(1, 11)
    for at in (1, 11, 31, 31, 31):
        feed.now = at
        gap = feed.wanted(most=2)
        assert gap is not None
        feed.take(feed.continuity.fetched(gap, [a_line(7)] if gap.first == 6 else [], at))
    assert feed.lost == [Gap(BTC, 2, 3), Gap(BTC, 4, 5)]
    assert feed.wanted(most=2) is None
    feed.now = 41
    assert feed.wanted(most=2) == Gap(BTC, 6, 6)


def test_what_the_exchange_refuses_is_lost_at_once(feed: Feed) -> None:
    feed.trades(5, 8)
    assert feed.take(feed.continuity.give_up(Gap(BTC, 6, 7))).lost == [Gap(BTC, 6, 7)]
    assert feed.released == [5, 8]


def test_of_a_large_gap_the_newest_part_is_filled(feed: Feed) -> None:
    feed.trades(1)
    verdict = feed.trades(1_102)
    assert (verdict.lost, verdict.opened) == ([Gap(BTC, 2, 1_001)], [Gap(BTC, 1_002, 1_101)])


def test_without_filling_a_gap_is_lost_at_once_and_holds_nothing_back() -> None:
    feed = Feed(Filling(most=0))
    feed.trades(5)
    assert feed.trades(8).lost == [Gap(BTC, 6, 7)]
    assert feed.trades(9) == Verdict(BTC)
    assert feed.trades(7).late == 1
    assert feed.released == [5, 8, 9, 7]


def test_the_exchanges_word_shows_a_gap_in_a_quiet_market(feed: Feed) -> None:
    assert feed.latest(100).began == 100
    assert feed.latest(100) == Verdict(BTC)
    assert feed.latest(102).opened == [Gap(BTC, 101, 102)]
    feed.trades(101)
    assert feed.latest(99) == Verdict(BTC)
    assert feed.released == [101]
    feed.trades(102, 103)
    assert feed.released == [101, 102, 103]


def test_a_market_is_resumed_where_its_cursor_stood(feed: Feed) -> None:
    feed.continuity.resume(BTC, 100)
    assert feed.trades(103).opened == [Gap(BTC, 101, 102)]
    assert feed.trades(100).repeated == 1


def test_a_cursor_that_is_ahead_costs_no_trade(feed: Feed) -> None:
    feed.continuity.resume(BTC, 100)
    assert not feed.trades(98).renumbered
    feed.trades(99, 100, 101)
    assert feed.trades(99).repeated == 1
    assert feed.released == [98, 99, 100, 101]


def test_once_it_has_begun_below_its_cursor_a_repeated_trade_is_one(feed: Feed) -> None:
    feed.continuity.resume(BTC, 100)
    feed.trades(98, 99, 100)
    assert feed.trades(99).repeated == 1


def test_the_first_gap_says_how_long_trades_wait(feed: Feed) -> None:
    feed.trades(5, 7)
    feed.now = 4
    feed.trades(9)
    assert feed.continuity.deadline() == 5


def test_the_oldest_gap_of_all_markets_comes_first() -> None:
    continuity = Continuity(FILLING)
    for symbol, now in (("ETH-USDT", 1.0), (BTC, 2.0)):
        continuity.trade(a_line(5, symbol=symbol), now)
        continuity.trade(a_line(8, symbol=symbol), now)
    assert continuity.wanted(3, 1000) == Gap("ETH-USDT", 6, 7)
    continuity.fetched(Gap("ETH-USDT", 6, 7), (), 3)
    assert continuity.wanted(3, 1000) == Gap(BTC, 6, 7)
    assert continuity.due_at() == 3


def test_gaps_beyond_the_most_that_may_be_open_are_lost() -> None:
    feed = Feed(Filling(gaps=2, hold_trades=10))
    feed.trades(1, 3, 5, 7)
    assert feed.lost == [Gap(BTC, 6, 6)]
    assert feed.continuity.missing == 2


def test_the_end_releases_what_is_held_and_tells_what_is_missing(feed: Feed) -> None:
    feed.trades(5, 8)
    for verdict in feed.continuity.end():
        feed.take(verdict)
    assert (feed.released, feed.lost) == ([5, 8], [Gap(BTC, 6, 7)])


def test_nothing_is_known_of_a_market_before_its_first_word() -> None:
    assert Continuity().newest(BTC) is None
    assert not Continuity().follows(a_line(1))
    assert isinstance(a_line(1), TradeLine)
