"""What the command line may say."""

import pytest

from coattail_replay.options import Options
from coattail_runtime.settings import read
from coattail_testing.imports import loaded


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--memory", "0g"], "memory: 0g is not from 1g, the least that is of use, to "),
        (["--memory", "512m"], "memory: 512m is not from 1g"),
        (["--memory", "900000g"], "memory: 900000g is not from 1g"),
        (["--memory", "3"], "memory: '3' is no amount of memory; write 3g or 3000m"),
        (["--symbols", "btc-usdt"], "'btc-usdt' is not a market; write BASE-QUOTE"),
    ],
)
def test_what_is_wrong_is_one_line(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read(Options, [*arguments, "x"], {})

    (line,) = capsys.readouterr().err.splitlines()
    assert (ended.value.code, says in line) == (2, True), line


def test_markets_may_be_named_as_exchanges_have_them() -> None:
    options = read(Options, ["--symbols", "AAPLx-USD,币安人生-USDT", "--memory", "1024m", "x"], {})

    assert (options.symbols, options.memory) == (("AAPLx-USD", "币安人生-USDT"), "1024m")


@pytest.mark.parametrize("words", [("--help",), ("--memory", "0g", "trades.csv")])
def test_what_replays_nothing_imports_no_spark(words: tuple[str, ...]) -> None:
    found = loaded("from coattail_replay.__main__ import main\nmain()", *words)

    assert "coattail_replay" in found
    assert not found & {"pyspark", "pyarrow", "numpy", "boto3", "aiohttp"}
