import pytest

from coattail_runtime.settings import read
from ingest_kraken.settings import Settings


def test_the_exchange_is_the_real_one_unless_told_otherwise() -> None:
    settings = read(Settings, ["--symbols", "BTC-USD,ETH-USD"], {})
    assert settings.symbols == ("BTC-USD", "ETH-USD")
    assert str(settings.ws_url) == "wss://ws.kraken.com/v2"
    assert str(settings.rest_url) == "https://api.kraken.com/"
    assert settings.health_port == 8083


def test_a_wrong_market_is_one_line_that_names_the_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read(Settings, ["--symbols", "BTC/USD"], {})
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "'BTC/USD' is not a market" in line
    assert line.endswith("set INGEST_KRAKEN_SYMBOLS or --symbols")
