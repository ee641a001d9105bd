"""What lands of a stream, against the plainest way to say it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coattail_chaos.errors import ChaosError
from coattail_chaos.landing import Landing, MarketLanding, market_of
from coattail_common.contracts import Origin, Trade
from coattail_common.ids import Market
from coattail_common.lines import encode_trade, pack
from coattail_testing.records import a_trade

BTC = Market("binance", "BTC-USDT")

batches = st.lists(st.lists(st.integers(1, 60), min_size=1, max_size=20), max_size=12)


def the_trade(number: int, origin: Origin = Origin.STREAM) -> Trade:
    return msgspec.structs.replace(a_trade(number, symbol="BTC-USDT"), origin=origin)


@given(batches)
def test_each_id_lands_once_and_every_other_line_is_a_repeat(ids: list[list[int]]) -> None:
    landing = MarketLanding()
    for batch in ids:
        landing.take([the_trade(number) for number in batch], now=0)

    lines = [number for batch in ids for number in batch]
    assert landing.rows == len(set(lines))
    assert landing.doubled == 0
    assert landing.repeated == len(lines) - len(set(lines))
    assert [number for one in landing.landed for number in range(one.first, one.last + 1)] == sorted(set(lines))
    assert all(landing.knows(number) for number in lines)


@given(batches)
def test_an_id_is_out_of_order_when_a_later_one_came_before_it_for_the_first_time(ids: list[list[int]]) -> None:
    landing = MarketLanding()
    for batch in ids:
        landing.take([the_trade(number) for number in batch], now=0)

    firsts = list(dict.fromkeys(number for batch in ids for number in batch))
    late = [number for place, number in enumerate(firsts) if any(before > number for before in firsts[:place])]
    assert (landing.out_of_order, landing.filled_late) == (len(late), 0)


def test_a_trade_that_was_fetched_may_come_late_and_is_counted_apart() -> None:
    landing = MarketLanding()
    landing.take([the_trade(1), the_trade(3), the_trade(2, Origin.BACKFILL)], now=0)

    assert (landing.out_of_order, landing.filled_late) == (0, 1)


def test_a_repeat_with_another_content_is_seen() -> None:
    landing = MarketLanding()
    landing.take([the_trade(1), a_trade(1, symbol="BTC-USDT", price="1.5"), the_trade(1)], now=0)

    assert landing.altered == 1


def test_a_repeat_that_is_written_otherwise_is_the_same() -> None:
    landing = MarketLanding()
    landing.take([a_trade(1, symbol="BTC-USDT", price="1.5"), a_trade(1, symbol="BTC-USDT", price="1.500")], now=0)

    assert landing.altered == 0


def test_a_record_has_one_market() -> None:
    landing = Landing(now=lambda: 0)
    landing.take(pack(encode_trade(the_trade(number)) for number in (1, 2)))

    assert landing.market(BTC).rows == 2
    assert landing.records == 1
    with pytest.raises(ChaosError, match="BTC-USDT"):
        landing.take(pack([encode_trade(the_trade(3)), encode_trade(a_trade(1, symbol="ETH-USDT"))]))


def test_the_market_of_a_record_is_that_of_its_lines() -> None:
    one, other = a_trade(1, symbol="BTC-USDT"), a_trade(2, symbol="BTC-USDT")

    assert market_of(encode_trade(one)) == market_of(pack(map(encode_trade, (one, other)))) == BTC


def test_how_far_ahead_the_connectors_clock_was_is_known() -> None:
    landing = Landing(now=lambda: the_trade(1).ingestion_timestamp - 5)
    landing.take(encode_trade(the_trade(1)))

    assert landing.market(BTC).last_skew == 5
