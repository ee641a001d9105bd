from collections.abc import Iterable, Mapping

import pytest

from coattail_connector import Change, Followed, StreamedMarket, by_exchange_name
from coattail_connector.markets.following import change

BTC, ETH, SOL = "BTC-USDT", "ETH-USDT", "SOL-USDT"


def naming(symbols: Iterable[str]) -> Mapping[str, StreamedMarket]:
    return by_exchange_name("binance", symbols, lambda market: market.base + market.quote)


def known(followed: Followed) -> list[str]:
    return [market.symbol for market in followed.known.values()]


def test_a_change_is_what_one_list_has_and_the_other_has_not() -> None:
    assert change([BTC, ETH], [SOL, BTC]) == Change(added=(SOL,), removed=(ETH,))
    assert not change([BTC, ETH], [ETH, BTC])


def test_until_another_connection_has_taken_over_frames_may_be_about_the_old_ones_too() -> None:
    followed = Followed([BTC, ETH], naming)
    followed.change([BTC, SOL])
    assert list(followed.wanted) == ["BTCUSDT", "SOLUSDT"]
    assert known(followed) == [BTC, ETH, SOL]
    assert followed.taken_over() == (ETH,)
    assert known(followed) == [BTC, SOL]
    assert followed.taken_over() == ()


def test_several_changes_in_a_row_are_left_together() -> None:
    followed = Followed([BTC], naming)
    followed.change([ETH])
    followed.change([SOL])
    assert followed.taken_over() == (BTC, ETH)


def test_what_is_not_served_is_wanted_no_more_and_known_still() -> None:
    followed = Followed([BTC, ETH], naming)
    assert followed.without([ETH])
    assert not followed.without([ETH])
    assert followed.symbols == (BTC,)
    assert known(followed) == [BTC, ETH]
    assert followed.listed_symbols == (BTC, ETH)


def test_what_is_not_served_is_not_left() -> None:
    followed = Followed([BTC, ETH], naming)
    followed.without([ETH])
    assert followed.taken_over() == ()
    assert followed.without([])
    assert followed.symbols == (BTC, ETH)


def test_another_list_wants_what_is_served_of_it() -> None:
    followed = Followed([BTC, ETH], naming)
    followed.without([ETH])
    followed.change([ETH, SOL])
    assert followed.symbols == (SOL,)
    assert followed.taken_over() == (BTC,)
    assert known(followed) == [ETH, SOL]


def test_a_name_that_means_two_markets_changes_nothing() -> None:
    followed = Followed([BTC], naming)
    for symbols in (["BT-CUSDT"], [ETH, "ET-HUSDT"]):
        with pytest.raises(ValueError, match="keep one of them"):
            followed.change(symbols)
    assert (followed.symbols, known(followed)) == ((BTC,), [BTC])
