from collections.abc import Iterable, Mapping

import pytest

from coattail_common.connector import Change, Followed, Market, by_exchange_name
from coattail_common.connector.following import change

BTC, ETH, SOL = "BTC-USDT", "ETH-USDT", "SOL-USDT"


def naming(symbols: Iterable[str]) -> Mapping[str, Market]:
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


def test_what_is_refused_is_gone_back_from_once() -> None:
    followed = Followed([BTC, ETH], naming)
    followed.change([BTC, SOL])
    followed.taken_over()
    assert followed.go_back() == Change(added=(ETH,), removed=(SOL,))
    assert followed.symbols == (BTC, ETH)
    assert followed.go_back() is None


def test_several_changes_in_a_row_are_gone_back_from_together() -> None:
    followed = Followed([BTC], naming)
    followed.change([ETH])
    followed.change([SOL])
    assert followed.go_back() == Change(added=(BTC,), removed=(SOL,))
    followed.change([ETH])
    followed.keep()
    followed.change([SOL])
    assert followed.go_back() == Change(added=(ETH,), removed=(SOL,))


def test_there_is_no_going_back_from_the_first_list_or_one_that_was_served() -> None:
    followed = Followed([BTC], naming)
    assert followed.go_back() is None
    followed.change([ETH])
    followed.keep()
    assert followed.go_back() is None


def test_a_name_that_means_two_markets_changes_nothing() -> None:
    followed = Followed([BTC], naming)
    for symbols in (["BT-CUSDT"], [ETH, "ET-HUSDT"]):
        with pytest.raises(ValueError, match="keep one of them"):
            followed.change(symbols)
    assert (followed.symbols, known(followed)) == ((BTC,), [BTC])
