import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_simulator.history import History, PastTrade
from exchange_simulator.model import Market, TakerSide, Venue

MARKET = Market(Venue.BINANCE, "BTC-USDT")


def trade(trade_id: int) -> PastTrade:
    return PastTrade(
        trade_id, trade_id * 3, trade_id * 5, TakerSide.BUY if trade_id % 2 else TakerSide.SELL, trade_id * 7
    )


@given(first=st.integers(1, 50), count=st.integers(1, 60), capacity=st.integers(1, 20))
def test_the_newest_trades_are_kept_whole(first: int, count: int, capacity: int) -> None:
    history = History(MARKET, capacity)
    for trade_id in range(first, first + count):
        history.append(trade(trade_id), 1000 + trade_id)
    kept = range(first + max(0, count - capacity), first + count)
    assert (history.oldest_id, history.newest_id) == (kept[0], kept[-1])
    assert list(history.between(0, 1000)) == [trade(trade_id) for trade_id in kept]
    assert [history.sent_at(trade_id) for trade_id in kept] == [1000 + trade_id for trade_id in kept]
    assert history.sent_at(kept[0] - 1) is None
    assert history.sent_at(kept[-1] + 1) is None


def test_the_first_write_to_a_socket_is_the_one_that_counts() -> None:
    history = History(MARKET, 10)
    history.append(trade(5), 100)
    assert history.sent_at(5) == 100
    history.mark_written(5, 130)
    history.mark_written(5, 170)
    history.mark_written(99, 170)
    assert history.sent_at(5) == 130


def test_a_hole_in_the_ids_starts_a_new_history() -> None:
    history = History(MARKET, 10)
    for trade_id in (5, 6, 9):
        history.append(trade(trade_id), 0)
    assert [past.trade_id for past in history.between(0, 100)] == [9]


@pytest.mark.parametrize("bounds", [(3, 4), (8, 100), (6, 5)])
def test_a_range_outside_is_empty(bounds: tuple[int, int]) -> None:
    history = History(MARKET, 10)
    for trade_id in (5, 6, 7):
        history.append(trade(trade_id), 0)
    assert list(history.between(*bounds)) == []
