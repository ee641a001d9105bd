"""Options that several tools have."""

from pathlib import Path

import pytest
from pydantic import Field

from coattail_harness.options import Listed, Symbols, of_task, require_folder
from coattail_runtime.settings import ServiceSettings, read, variables


class Options(ServiceSettings):
    """Of a task that there is not."""

    model_config = of_task("example")

    counts: Listed[int] = Field((), description="several numbers")
    symbols: Symbols = Field((), description="several markets")


def test_a_list_is_parted_at_commas() -> None:
    options = read(Options, ["--counts", "1, 2,", "--symbols", "AAPLx-USD,BTC-USDT"], {})

    assert (options.counts, options.symbols) == ((1, 2), ("AAPLx-USD", "BTC-USDT"))


def test_what_is_no_market_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read(Options, ["--symbols", "BTC-USDT,btcusdt"], {})

    assert ended.value.code == 2
    assert "symbols: 'btcusdt' is not a market; write BASE-QUOTE" in capsys.readouterr().err


def test_a_task_has_variables_of_its_name() -> None:
    assert [one.upper() for one in variables(Options)] == ["COATTAIL_EXAMPLE_COUNTS", "COATTAIL_EXAMPLE_SYMBOLS"]


def test_a_file_in_no_folder_is_refused_by_its_flag(tmp_path: Path) -> None:
    require_folder("--report", tmp_path / "report.json")

    with pytest.raises(ValueError, match=r"--report .*: the folder .* does not exist"):
        require_folder("--report", tmp_path / "none" / "report.json")
