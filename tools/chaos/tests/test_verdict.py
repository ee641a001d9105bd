"""The judgement, against sets of ids."""

from hypothesis import given
from hypothesis import strategies as st

from coattail_chaos.landing import MarketLanding
from coattail_chaos.verdict import Sent, judge, outside
from coattail_common.ids import IdRange, Market, Ranges, merge
from coattail_testing.records import a_trade

BTC, ETH = Market("binance", "BTC-USDT"), Market("binance", "ETH-USDT")


def ranges(ids: set[int]) -> Ranges:
    return merge([IdRange(number, number) for number in ids])


def ids(these: Ranges) -> set[int]:
    return {number for one in these for number in range(one.first, one.last + 1)}


def landed(*numbers: int) -> MarketLanding:
    landing = MarketLanding()
    for number in numbers:
        landing.take([a_trade(number, symbol="BTC-USDT")], now=0)
    return landing


some = st.sets(st.integers(1, 40))


@given(some, some)
def test_what_is_outside_is_what_a_set_leaves(these: set[int], those: set[int]) -> None:
    rest = outside(ranges(these), ranges(those))

    assert ids(rest) == these - those
    assert rest == ranges(these - those)


@given(st.integers(1, 20), st.integers(0, 20), st.lists(st.integers(1, 40), max_size=60))
def test_every_market_is_held_against_what_was_made(first: int, more: int, came: list[int]) -> None:
    made = set(range(first, first + more + 1))
    (verdict,) = judge([Sent(BTC, first, first + more)], {BTC: landed(*came)})

    assert verdict.sent == len(made)
    assert verdict.missing == len(made - set(came))
    assert verdict.unexpected == len(set(came) - made)
    assert verdict.doubled == 0
    assert (not verdict.problems) == (set(came) == made and list(dict.fromkeys(came)) == sorted(set(came)))


def test_what_is_missing_is_named() -> None:
    (verdict,) = judge([Sent(BTC, 1, 9)], {BTC: landed(1, 2, 5, 6, 9)})

    assert verdict.problems == ("binance:BTC-USDT: 4 trades are missing: 3-4, 7-8",)


def test_many_holes_are_counted_and_the_first_are_named() -> None:
    (verdict,) = judge([Sent(BTC, 1, 20)], {BTC: landed(*range(2, 21, 2))})

    assert verdict.holes == "1-1, 3-3, 5-5, 7-7, 9-9 and 5 more ranges"


def test_a_market_that_nothing_came_of_is_missing_and_one_that_was_not_made_is_unexpected() -> None:
    first, second = judge([Sent(ETH, 1, 3)], {BTC: landed(1)})

    assert (first.symbol, first.unexpected, first.missing) == ("BTC-USDT", 1, 0)
    assert (second.symbol, second.unexpected, second.missing) == ("ETH-USDT", 0, 3)


def test_a_market_without_trades_is_well() -> None:
    (verdict,) = judge([Sent(BTC, 0, 0)], {})

    assert verdict.problems == ()


def test_a_row_that_the_rule_let_through_twice_is_seen() -> None:
    landing = landed(1, 2)
    landing.landed = ()
    landing.take([a_trade(2, symbol="BTC-USDT")], now=0)
    (verdict,) = judge([Sent(BTC, 1, 2)], {BTC: landing})

    assert verdict.doubled == 1
    assert "binance:BTC-USDT: 1 rows repeat a trade" in verdict.problems
