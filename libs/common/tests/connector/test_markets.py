import pytest

from coattail_common.connector import Market, by_exchange_name, market


def test_a_market_knows_its_base_and_quote() -> None:
    assert market("binance", "1000SATS-USDT") == Market(
        exchange="binance", symbol="1000SATS-USDT", base="1000SATS", quote="USDT"
    )


@pytest.mark.parametrize("symbol", ["BTCUSDT", "btc-usdt", "BTC-", "-USDT", "BTC-USDT-PERP", "BTC/USDT", ""])
def test_a_name_that_is_not_base_and_quote_is_refused(symbol: str) -> None:
    with pytest.raises(ValueError, match="BASE-QUOTE"):
        market("binance", symbol)


def test_markets_are_found_by_the_exchanges_name() -> None:
    markets = by_exchange_name("binance", ["BTC-USDT", "ETH-BTC"], lambda market: market.base + market.quote)
    assert {name: market.symbol for name, market in markets.items()} == {"BTCUSDT": "BTC-USDT", "ETHBTC": "ETH-BTC"}


def test_two_markets_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="BT-CUSDT and BTC-USDT are both BTCUSDT"):
        by_exchange_name("binance", ["BTC-USDT", "BT-CUSDT"], lambda market: market.base + market.quote)
