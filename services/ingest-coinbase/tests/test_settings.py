import pytest

from coattail_runtime.settings import read
from ingest_coinbase.settings import Settings


def test_the_exchange_is_the_real_one_unless_told_otherwise() -> None:
    settings = read(Settings, ["--symbols", "BTC-USD,ETH-USD"], {})
    assert settings.symbols == ("BTC-USD", "ETH-USD")
    assert settings.feed_url == "wss://ws-feed.exchange.coinbase.com"
    assert settings.health_port == 8082


def test_another_feed_is_at_another_address() -> None:
    settings = read(Settings, ["--symbols", "BTC-USD", "--feed", "advanced"], {})
    assert settings.feed == "advanced"
    assert settings.feed_url == "wss://advanced-trade-ws.coinbase.com"
    settings = read(Settings, ["--symbols", "BTC-USD", "--feed", "advanced", "--ws-url", "ws://127.0.0.1:9/feed"], {})
    assert settings.feed_url == "ws://127.0.0.1:9/feed"


def test_another_list_of_markets_is_followed_at_the_same_address() -> None:
    listed = read(Settings, ["--ssm-prefix", "/coattail/dev", "--feed", "advanced"], {}).following(["BTC-USD"])
    assert (listed.symbols, listed.feed_url) == (("BTC-USD",), "wss://advanced-trade-ws.coinbase.com")
    named = ["--ssm-prefix", "/coattail/dev", "--feed", "advanced", "--ws-url", "ws://127.0.0.1:9/feed"]
    assert read(Settings, named, {}).following(["BTC-USD"]).feed_url == "ws://127.0.0.1:9/feed"


def test_a_wrong_market_is_one_line_that_names_the_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read(Settings, ["--symbols", "BTCUSD"], {})
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "'BTCUSD' is not a market" in line
    assert line.endswith("set INGEST_COINBASE_SYMBOLS or --symbols")


def test_help_shows_the_feeds_as_they_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read(Settings, ["--help"], {})
    shown = capsys.readouterr().out
    assert "--feed {exchange,advanced}" in shown
    assert "INGEST_COINBASE_FEED" in shown
