"""Ids that do not go on from the last: from before the first, again, repeated after a silence, or far ahead."""

import pytest

from coattail_connector import Gap, Verdict
from coattail_connector.gaps.numbering import FAR_AHEAD, NO_FILLING, RENUMBERED_AFTER, RENUMBERED_BEYOND
from coattail_testing.continuity import BTC, Feed
from coattail_testing.records import a_line


@pytest.fixture
def feed() -> Feed:
    return Feed()


def test_a_trade_from_before_the_first_is_no_repeated_one(feed: Feed) -> None:
    feed.trades(10)
    assert feed.trades(7).late == 1
    assert feed.trades(7).repeated == 1
    feed.trades(9, 11)
    assert feed.released == [10, 7, 9, 11]


def test_a_numbering_that_began_again_is_told_and_not_filled(feed: Feed) -> None:
    feed.trades(2 * RENUMBERED_BEYOND, 2 * RENUMBERED_BEYOND + 3)
    assert feed.trades(7) == Verdict(BTC)
    verdict = feed.trades(8)
    assert (verdict.renumbered, verdict.began, verdict.opened) == (True, 6, [])
    assert feed.lost == [Gap(BTC, 2 * RENUMBERED_BEYOND + 1, 2 * RENUMBERED_BEYOND + 2)]
    assert feed.trades(9) == Verdict(BTC)
    assert feed.released == [2 * RENUMBERED_BEYOND, 2 * RENUMBERED_BEYOND + 3, 7, 8, 9]


def test_a_single_wrong_number_begins_no_numbering_again(feed: Feed) -> None:
    feed.trades(2 * RENUMBERED_BEYOND, 7, 2 * RENUMBERED_BEYOND + 1)
    assert feed.trades(5_000).repeated == 1
    feed.trades(2 * RENUMBERED_BEYOND + 2)
    assert feed.released == [2 * RENUMBERED_BEYOND, 2 * RENUMBERED_BEYOND + 1, 2 * RENUMBERED_BEYOND + 2]
    for verdict in feed.continuity.end():
        feed.take(verdict)
    assert feed.released[-1] == 5_000


def test_what_is_missing_at_its_new_beginning_is_filled(feed: Feed) -> None:
    feed.trades(2 * RENUMBERED_BEYOND, 7)
    verdict = feed.trades(10)
    assert (verdict.renumbered, verdict.opened) == (True, [Gap(BTC, 8, 9)])
    feed.now = 1
    feed.fetch(8, 9)
    assert feed.released == [2 * RENUMBERED_BEYOND, 7, 8, 9, 10]


def test_a_short_numbering_that_began_again_is_known_by_its_time(feed: Feed) -> None:
    feed.trades(500, 501)
    first, second = (a_line(one, timestamp=1_700_000_000_000_000 + RENUMBERED_AFTER + 1) for one in (3, 4))
    assert feed.continuity.trade(first, 0) == Verdict(BTC)
    verdict = feed.continuity.trade(second, 0)
    assert (verdict.renumbered, verdict.release) == (True, [first, second])
    assert feed.continuity.newest(BTC) == 4


@pytest.mark.parametrize("by_rest", [True, False])
def test_what_comes_once_more_after_a_long_silence_is_repeated(feed: Feed, *, by_rest: bool) -> None:
    feed.trades(100)
    feed.latest(103)
    feed.now = 1.0
    later = [a_line(number, timestamp=1_700_000_000_000_000 + 2 * RENUMBERED_AFTER) for number in (101, 102, 103)]
    if by_rest:
        asked = feed.wanted()
        assert asked is not None
        feed.take(feed.continuity.fetched(asked, later, feed.now))
    else:
        for trade in later:
            feed.take(feed.continuity.trade(trade, feed.now))
    assert feed.released == [100, 101, 102, 103]
    for trade in later:
        assert feed.take(feed.continuity.trade(trade, feed.now)) == Verdict(BTC, repeated=1)


def test_a_trade_that_was_told_as_lost_is_handed_on_when_it_comes_however_long_it_was_silent() -> None:
    feed = Feed(NO_FILLING)
    feed.trades(100)
    for number in (101, 102):
        feed.latest(number)
        trade = a_line(number, timestamp=1_700_000_000_000_000 + 2 * (number - 100) * RENUMBERED_AFTER)
        verdict = feed.take(feed.continuity.trade(trade, feed.now))
        assert (verdict.late, verdict.renumbered) == (1, False)
    assert feed.released == [100, 101, 102]


def test_one_wrong_high_number_changes_nothing(feed: Feed) -> None:
    feed.trades(100)
    assert feed.trades(100 + FAR_AHEAD) == Verdict(BTC, far=100 + FAR_AHEAD)
    assert feed.latest(10 * FAR_AHEAD) == Verdict(BTC, far=10 * FAR_AHEAD)
    assert feed.trades(10 * FAR_AHEAD).far
    assert feed.trades(101, 103).opened == [Gap(BTC, 102, 102)]
    assert feed.lost == []


def test_two_high_numbers_are_followed(feed: Feed) -> None:
    feed.trades(100, 5 * FAR_AHEAD)
    verdict = feed.trades(5 * FAR_AHEAD + 1)
    assert (verdict.renumbered, verdict.began, verdict.far) == (False, None, None)
    assert feed.lost == [Gap(BTC, 101, 5 * FAR_AHEAD - 100)]
    assert verdict.opened == [Gap(BTC, 5 * FAR_AHEAD - 99, 5 * FAR_AHEAD)]
    feed.now = 1
    feed.fetch(*range(5 * FAR_AHEAD - 99, 5 * FAR_AHEAD + 1))
    assert feed.released == [100, *range(5 * FAR_AHEAD - 99, 5 * FAR_AHEAD + 2)]


def test_in_a_quiet_market_the_exchange_says_a_high_number_twice(feed: Feed) -> None:
    feed.trades(100)
    assert feed.latest(5 * FAR_AHEAD).far
    assert feed.latest(5 * FAR_AHEAD).opened == [Gap(BTC, 5 * FAR_AHEAD - 99, 5 * FAR_AHEAD)]
