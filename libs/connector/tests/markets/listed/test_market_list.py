from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coattail_connector.markets.listed import MarketListError, of_exchange, plain, read_list

LIST = '["binance:BTC-USDT", "coinbase:BTC-USD", "binance:ETH-USDT"]'


def test_the_list_is_json_in_one_notation_for_all_exchanges() -> None:
    assert read_list(LIST) == ("binance:BTC-USDT", "coinbase:BTC-USD", "binance:ETH-USDT")


def test_the_list_has_markets_as_exchanges_write_them() -> None:
    """Letters of any case and script: `AAPLx` is not `AAPLX`."""
    assert read_list('["kraken:AAPLx-USD", "kraken:AAPLX-USD", "binance:币安人生-USDT"]') == (
        "kraken:AAPLx-USD",
        "kraken:AAPLX-USD",
        "binance:币安人生-USDT",
    )


def test_an_exchange_follows_its_own() -> None:
    assert of_exchange(read_list(LIST), "binance") == ("BTC-USDT", "ETH-USDT")
    assert of_exchange(read_list(LIST), "coinbase") == ("BTC-USD",)
    with pytest.raises(MarketListError, match="no market of kraken is in the list"):
        of_exchange(read_list(LIST), "kraken")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no JSON list of markets"),
        ("binance:BTC-USDT", "no JSON list of markets"),
        ('{"binance": ["BTC-USDT"]}', "no JSON list of markets"),
        ("[1]", r"no JSON list of markets .* at `\$\[0\]`"),
        ("[]", "empty"),
        ('["binance:BTC-USDT", "BTC-USDT"]', r"'BTC-USDT' at `\$\[1\]` is not a market; write exchange:BASE-QUOTE"),
        ('["binance:BTCUSDT"]', "is not a market"),
        ('["Binance:BTC-USDT"]', "is not a market"),
        ('["binance:btc-usdt"]', "is not a market"),
        ('["binance:BTC-USDT", "binance:BTC-USDT"]', r"at `\$\[1\]` stands twice"),
    ],
)
def test_what_is_no_list_says_why(text: str, problem: str) -> None:
    with pytest.raises(MarketListError, match=problem):
        read_list(text)


@given(st.text() | st.binary().map(lambda some: some.decode(errors="surrogateescape")))
def test_any_text_is_a_list_or_refused(text: str) -> None:
    with suppress(MarketListError):
        assert read_list(text)


def test_a_tasks_own_markets_may_leave_the_exchange_out() -> None:
    assert plain(["BTC-USDT", "binance:ETH-USDT", "binance:BTC-USDT"], "binance") == ("BTC-USDT", "ETH-USDT")
    with pytest.raises(MarketListError, match="'coinbase:BTC-USD' is not a market of binance"):
        plain(["BTC-USDT", "coinbase:BTC-USD"], "binance")
