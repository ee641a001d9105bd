import pytest

from coattail_common.contracts import Side
from coattail_common.lines import TradeLine, decode_trade
from coattail_common.quality import judge
from coattail_connector import Market, by_exchange_name, market, streamed


def test_a_market_knows_its_base_and_quote() -> None:
    assert market("binance", "1000SATS-USDT") == Market(
        exchange="binance", symbol="1000SATS-USDT", base="1000SATS", quote="USDT"
    )


@pytest.mark.parametrize(
    "symbol",
    [
        "BTCUSDT",
        "btc-usdt",
        "BTC-usdt",
        ".x-USD",
        "BTC -USD",
        "BTC-USD\n",
        "A" * 21 + "-USD",
        "BTC-",
        "-USDT",
        "BTC-USDT-PERP",
        "BTC/USDT",
        "",
    ],
)
def test_a_name_that_is_not_base_and_quote_is_refused(symbol: str) -> None:
    with pytest.raises(ValueError, match="BASE-QUOTE"):
        market("binance", symbol)


@pytest.mark.parametrize(
    ("symbol", "base"),
    [("AAPLx-USD", "AAPLx"), ("币安人生-USDT", "币安人生"), ("BRK.Bx-USD", "BRK.Bx"), ("AAPLX-USD", "AAPLX")],
)
def test_a_market_keeps_the_exchanges_letters_and_case(symbol: str, base: str) -> None:
    """Kraken lists `AAPLx/USD`, Binance `币安人生USDT`; `AAPLx` is not `AAPLX`. A trade of it is made, encoded and read the same."""
    found = market("kraken", symbol)
    assert (found.symbol, found.base) == (symbol, base)
    now = 1_700_000_000_000_000
    trade = streamed(found).streamed_trade(7, "1.5", "2", Side.BUY, now, now)
    assert isinstance(trade, TradeLine)
    read = decode_trade(trade.line)
    assert (read.event_id, read.symbol, read.base) == (f"kraken:{symbol}:7", symbol, base)
    assert judge(trade.line) == read


def test_markets_are_found_by_the_exchanges_name() -> None:
    markets = by_exchange_name("binance", ["BTC-USDT", "ETH-BTC"], lambda market: market.base + market.quote)
    assert {name: market.symbol for name, market in markets.items()} == {"BTCUSDT": "BTC-USDT", "ETHBTC": "ETH-BTC"}


def test_two_markets_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="BT-CUSDT and BTC-USDT are both BTCUSDT"):
        by_exchange_name("binance", ["BTC-USDT", "BT-CUSDT"], lambda market: market.base + market.quote)
