"""What a run may be told."""

from pathlib import Path

import pytest

from coattail_chaos.exchange import EXCHANGES
from coattail_chaos.options import Options
from coattail_chaos.plan import LONG_SECONDS, Name
from coattail_runtime.settings import read


def options(*words: str) -> Options:
    return read(Options, words, {})


def test_without_a_word_it_is_the_long_run() -> None:
    given = options()

    assert (given.seconds, given.quick, given.only, given.trades_a_second) == (LONG_SECONDS, False, (), 1_000)
    assert (given.exchanges, given.writers) == (EXCHANGES, 2)


def test_a_quick_run_has_more_trades_unless_told() -> None:
    assert options("--quick").trades_a_second == 1_500
    assert options("--quick", "--rate", "100").trades_a_second == 100


def test_scenarios_are_a_comma_list() -> None:
    assert options("--only", "cuts, disk-full").only == (Name.CUTS, Name.DISK_FULL)


def test_exchanges_are_a_comma_list_and_each_is_there_once() -> None:
    assert options("--exchanges", "kraken, binance,kraken").exchanges == ("kraken", "binance")
    assert options("--exchanges", "kraken", "--writers", "1").writers == 1


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--exchanges", "mtgox"), "exchanges"),
        (("--exchanges", ""), "exchanges"),
        (("--writers", "0"), "writers"),
        (("--exchanges", "kraken", "--writers", "3"), "--writers 3: these --exchanges have 2 markets"),
        (("--only", "cutz"), "only"),
        (("--seconds", "1"), "seconds"),
        (("--bus", "--tables"), "--bus and --tables are two runs: give one of them"),
        (("--bus", "--only", "cuts"), "--only names scenarios of ingest"),
        (("--tables", "--only", "cuts"), "--only names scenarios of ingest"),
        (("--bus", "--longest", "0.5"), "longest"),
        (("--tables", "--rounds", "0"), "rounds"),
        (("--report", "/nowhere/at/all.json"), "/nowhere/at does not exist"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_line(
    words: tuple[str, ...], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        options(*words)

    assert ended.value.code == 2
    assert problem in capsys.readouterr().err


def test_list_and_json_are_flags(tmp_path: Path) -> None:
    given = options("--list", "--json", "--report", str(tmp_path / "report.json"))

    assert given.list_
    assert given.json_


def test_the_bus_has_fifty_outages_and_one_of_five_minutes() -> None:
    wishes = options("--bus").bus_wishes
    assert (wishes.outages, wishes.longest, wishes.lasting, wishes.kills, wishes.rate) == (50, 60, 300, 5, 100)

    small = options("--bus", "--quick", "--longest", "2", "--kills", "0", "--rate", "7").bus_wishes
    assert (small.outages, small.longest, small.lasting, small.kills, small.rate) == (3, 2, 0, 0, 7)


def test_tables_are_changed_in_every_order() -> None:
    assert options("--tables").tables_wishes.rounds == 6
    assert options("--tables", "--quick").tables_wishes.rounds == 0
    assert options("--tables", "--rounds", "2").tables_wishes.rounds == 2
