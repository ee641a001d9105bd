import pytest

from coattail_runtime.settings import read
from ingest_binance.settings import Settings


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        read(Settings, arguments, {})
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_the_exchange_is_the_real_one_unless_told_otherwise() -> None:
    settings = read(Settings, ["--symbols", "BTC-USDT"], {})
    assert settings.symbols == ("BTC-USDT",)
    assert str(settings.ws_url) == "wss://stream.binance.com:9443/"
    assert settings.health_port == 8081


@pytest.mark.parametrize(
    "symbols", ["BTC-USDT,ETH-USDT", " BTC-USDT , ETH-USDT,", '["BTC-USDT", "ETH-USDT"]', "BTC-USDT,ETH-USDT,BTC-USDT"]
)
def test_markets_are_a_comma_list_or_json(symbols: str) -> None:
    assert read(Settings, ["--symbols", symbols], {}).symbols == ("BTC-USDT", "ETH-USDT")


@pytest.mark.parametrize(
    ("symbols", "problem"),
    [
        ("BTCUSDT", "'BTCUSDT' is not a market; write BASE-QUOTE"),
        ("BTC-USDT,BT-CUSDT", "BT-CUSDT and BTC-USDT are both BTCUSDT"),
        ("[", "symbols: "),
    ],
)
def test_wrong_markets_are_one_line_that_names_the_setting(
    capsys: pytest.CaptureFixture[str], symbols: str, problem: str
) -> None:
    line = refusal(capsys, "--symbols", symbols)
    assert problem in line
    assert line.endswith("set INGEST_BINANCE_SYMBOLS or --symbols")


def test_markets_may_carry_the_exchanges_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert read(Settings, ["--symbols", "binance:BTC-USDT,ETH-USDT,BTC-USDT"], {}).symbols == ("BTC-USDT", "ETH-USDT")
    assert "'coinbase:BTC-USD' is not a market of binance" in refusal(capsys, "--symbols", "coinbase:BTC-USD")


@pytest.mark.parametrize("named", [[], ["--symbols", ","], ["--ssm-prefix", "/"]])
def test_no_markets_and_no_list_of_them_is_one_line_that_names_both_settings(
    capsys: pytest.CaptureFixture[str], named: list[str]
) -> None:
    line = refusal(capsys, *named)
    assert "INGEST_BINANCE_SYMBOLS or --symbols" in line
    assert "INGEST_BINANCE_SSM_PREFIX or --ssm-prefix" in line


@pytest.mark.parametrize("prefix", ["coattail/dev", "/coattail/dev", "/coattail/dev/"])
def test_the_list_is_below_the_prefix(prefix: str) -> None:
    assert read(Settings, ["--ssm-prefix", prefix], {}).list_parameter == "/coattail/dev/features/symbols"


def test_markets_that_are_named_win_over_the_list() -> None:
    assert read(Settings, ["--ssm-prefix", "/coattail/dev", "--symbols", "BTC-USDT"], {}).list_parameter == ""


def test_other_markets_are_checked_like_the_first() -> None:
    settings = read(Settings, ["--ssm-prefix", "/coattail/dev"], {})
    assert settings.following(["BTC-USDT"]).symbols == ("BTC-USDT",)
    with pytest.raises(ValueError, match="1025 markets"):
        settings.following([f"A{number}-USDT" for number in range(1_025)])


def test_more_markets_than_a_connection_carries(capsys: pytest.CaptureFixture[str]) -> None:
    symbols = ",".join(f"A{number}-USDT" for number in range(1_025))
    assert "1025 markets, but Binance allows 1024 streams a connection" in refusal(capsys, "--symbols", symbols)


def test_cursors_are_kept_nowhere_unless_told_where(capsys: pytest.CaptureFixture[str]) -> None:
    assert read(Settings, ["--symbols", "BTC-USDT"], {}).cursors == "none"
    assert read(Settings, ["--symbols", "BTC-USDT", "--cursors", "file:x"], {}).cursors == "file:x"
    line = refusal(capsys, "--symbols", "BTC-USDT", "--cursors", "redis:x")
    assert "none, file:FOLDER or dynamodb:TABLE" in line
    assert line.endswith("set INGEST_BINANCE_CURSORS or --cursors")


def test_an_address_must_be_a_websockets(capsys: pytest.CaptureFixture[str]) -> None:
    line = refusal(capsys, "--symbols=BTC-USDT", "--ws-url=http://example.com")
    assert "set INGEST_BINANCE_WS_URL or --ws-url" in line


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ws://writer", "ws://writer names no port, as ws://HOST:7070"),
        ("http://writer:7070", "scheme isn't ws or wss"),
        ("unix:link.sock", "does not name a socket by its whole path"),
    ],
)
def test_a_writers_address_is_whole(capsys: pytest.CaptureFixture[str], url: str, says: str) -> None:
    line = refusal(capsys, "--symbols=BTC-USDT", f"--link-url=ws://writer:7070,{url}")
    assert says in line
    assert line.endswith("set INGEST_BINANCE_LINK_URL or --link-url")


def test_a_list_that_is_none_is_told_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no JSON list: " in refusal(capsys, "--symbols", '["BTC-USDT",')
    assert refusal(capsys, "--symbols", "[1]").endswith("(got 1); set INGEST_BINANCE_SYMBOLS or --symbols")


def test_a_drain_fits_into_what_fargate_grants(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--drain-seconds" in refusal(capsys, "--symbols=BTC-USDT", "--drain-seconds=120")
