"""The side everybody gets wrong: what the taker did, and how each venue prints it."""

import json

import pytest

from exchange_simulator.binance import frames as binance
from exchange_simulator.binance.replies import historical_trade
from exchange_simulator.coinbase import frames as coinbase
from exchange_simulator.coinbase.rest import product_trade
from exchange_simulator.history import PastTrade
from exchange_simulator.model import Market, TakerSide, Trade, Venue
from exchange_simulator.source import Emission

TIME_US = 1_790_000_000_123_456


def emission(venue: Venue, symbol: str, side: TakerSide) -> Emission:
    return Emission(Market(venue, symbol), Trade(1, 10**8, 10**8, side, 0), TIME_US)


def past(side: TakerSide) -> PastTrade:
    return PastTrade(1, 10**8, 10**8, side, TIME_US)


@pytest.mark.parametrize(("taker", "buyer_is_maker"), [(TakerSide.SELL, True), (TakerSide.BUY, False)])
def test_binance_says_whether_the_buyer_was_the_maker(taker: TakerSide, *, buyer_is_maker: bool) -> None:
    data = json.loads(binance.raw(emission(Venue.BINANCE, "BTC-USDT", taker)))
    assert data["m"] is buyer_is_maker
    assert data["T"] == TIME_US // 1000
    assert historical_trade(past(taker)).is_buyer_maker is buyer_is_maker


@pytest.mark.parametrize(("taker", "maker"), [(TakerSide.SELL, "buy"), (TakerSide.BUY, "sell")])
def test_coinbase_prints_the_makers_side(taker: TakerSide, maker: str) -> None:
    data = json.loads(coinbase.match(emission(Venue.COINBASE, "BTC-USD", taker)))
    assert data["side"] == maker
    assert data["time"] == "2026-09-21T14:13:20.123456Z"
    assert product_trade(past(taker)).side == maker
