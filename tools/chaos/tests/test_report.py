"""The report."""

from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from coattail_chaos import report
from coattail_chaos.faults import Fault
from coattail_chaos.report import Peak, Report, StageReport


def a_report(*problems: str, skipped: tuple[str, ...] = ()) -> Report:
    return Report(
        passed=not problems,
        problems=problems,
        skipped=skipped,
        seed=1,
        rate=500,
        seconds=60.5,
        kinesis="in memory",
        faults={Fault.EXCHANGE_CUT: 200, Fault.WRITER_KILLED: 3},
        by_service={
            "ingest-kraken": {Fault.EXCHANGE_CUT: 200},
            "kinesis-writer-1": {Fault.WRITER_KILLED: 2},
            "kinesis-writer-2": {Fault.WRITER_KILLED: 1},
        },
        held={"kinesis-writer-1": ("kraken:BTC-USD",), "kinesis-writer-2": ("kraken:ETH-USD",)},
        sent=1_000,
        landed=1_000,
        missing=0,
        doubled=0,
        out_of_order=0,
        filled_late=0,
        records=90,
        repeated=17,
        spool_bytes_lost=1_250_000,
        spools_resumed=4,
        stages=(
            StageReport(
                name="cuts + kills",
                seconds=50,
                settled_seconds=1.4,
                faults={Fault.EXCHANGE_CUT: 200, Fault.WRITER_KILLED: 3},
                sent=1_000,
                landed=1_000,
                missing=0,
                doubled=0,
                out_of_order=0,
            ),
        ),
        markets=(),
        memory={"kinesis-writer": Peak(80.1, 150)},
        starts={"kinesis-writer": 4},
    )


def test_it_is_written_as_a_whole_and_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    report.write(a_report(), path)

    assert msgspec.json.decode(path.read_bytes(), type=Report) == a_report()
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]


def test_people_are_told_the_faults_and_the_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    report.show(Console(width=100), a_report(skipped=("disk-full: no rights",)))
    told = capsys.readouterr().out

    for line in (
        "exchange_cut",
        "200",
        "cuts + kills",
        "PROVED  203 faults; all 1,000 trades landed",
        "not done: disk-full",
        "spools: 1.2 MB lost with their disks, 4 left",
    ):
        assert line in told


def test_people_are_told_which_writer_met_what_and_had_which_markets(capsys: pytest.CaptureFixture[str]) -> None:
    report.show(Console(width=100), a_report())
    told = [line.split() for line in capsys.readouterr().out.splitlines()]

    assert ["fault", "kraken", "writer-1", "writer-2"] in told
    assert ["writer_killed", "2", "1"] in told
    assert ["kinesis-writer-2", "had", "kraken:ETH-USD"] in told


def test_people_are_told_every_problem(capsys: pytest.CaptureFixture[str]) -> None:
    report.show(Console(width=100), a_report("binance:BTC-USDT: 4 trades are missing: 3-6"))

    told = capsys.readouterr().out
    assert "NOT PROVED" in told
    assert "✗ binance:BTC-USDT: 4 trades are missing: 3-6" in told
