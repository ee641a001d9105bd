"""Chaos in small: a few of each fault between the real processes, and nothing is lost."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import msgspec
import pytest

from coattail_chaos import small_disk
from coattail_chaos.bus.report import BusReport
from coattail_chaos.faults import OF_A_WRITER, Fault
from coattail_chaos.report import Report
from coattail_chaos.tables.plan import Change
from coattail_chaos.tables.report import TablesReport
from local_cloud.testing import TestCloud


async def proved(folder: Path, *flags: str) -> bytes:
    """The report of a run that passed."""
    file = folder / "report.json"
    words = (sys.executable, "-m", "coattail_chaos", "--quick", "--state", str(folder / "state"), "--report", str(file))
    process = await asyncio.create_subprocess_exec(*words, *flags, stdout=PIPE, stderr=PIPE)
    output, told = await process.communicate()
    assert process.returncode == 0, output.decode() + told.decode()
    return file.read_bytes()


async def chaos(folder: Path, *flags: str) -> Report:
    """The report of a run of ingest in which nothing was missing, doubled or out of order."""
    report = msgspec.json.decode(await proved(folder, *flags), type=Report)
    assert (report.missing, report.doubled, report.out_of_order, report.problems) == (0, 0, 0, ())
    assert report.landed == report.sent > 1_000
    return report


async def test_after_a_few_of_every_fault_nothing_is_missing_or_doubled(tmp_path: Path) -> None:
    report = await chaos(tmp_path)

    full_otherwise = Fault.SPOOL_FULL if small_disk.possible(tmp_path / "disk") else Fault.DISK_FULL
    assert set(report.faults) == set(Fault) - {full_otherwise}
    assert {market.exchange for market in report.markets if market.landed} == {"binance", "coinbase", "kraken"}
    for number in (1, 2):
        writer = f"kinesis-writer-{number}"
        assert len(report.held[writer]) == 3
        assert set(report.by_service[writer]) == OF_A_WRITER - {full_otherwise}


@pytest.mark.localstack
async def test_the_same_holds_of_what_is_read_back_from_a_kinesis(cloud: TestCloud, tmp_path: Path) -> None:
    report = await chaos(tmp_path, "--only", "kills,failures", "--kinesis", cloud.record.endpoint, "--rate", "400")

    assert report.faults[Fault.KINESIS_ANSWER_LOST]
    assert report.repeated


@pytest.mark.spark
async def test_a_bus_that_fails_loses_neither_trade_nor_alert(tmp_path: Path) -> None:
    """The deployed application, killed once while its bus takes nothing."""
    made = await proved(tmp_path, "--bus", "--outages", "2", "--longest", "2", "--patience", "300")

    report = msgspec.json.decode(made, type=BusReport)
    found = report.verdict
    assert (found.missing, found.doubled, found.unsent, found.unlanded, found.alerts_doubled) == (0, 0, 0, 0, 0)
    assert found.landed == found.put > 100
    assert found.alerts_in_table == found.alerts_on_bus >= found.whales > 1
    assert [one.killed for one in report.outages].count(True) == report.kills == 1
    assert all(one.calls for one in report.outages)


@pytest.mark.spark
async def test_tables_that_others_change_lose_and_double_nothing(tmp_path: Path) -> None:
    """Compaction, expiry and rollback, and kill -9 between two commits before each of them."""
    report = msgspec.json.decode(await proved(tmp_path, "--tables"), type=TablesReport)

    assert report.changes == {Change.COMPACTION: 1, Change.EXPIRY: 1, Change.ROLLBACK: 1}
    assert report.kills.total() == 4
    tables = ("raw_trades", "anomaly_alerts", "dq_rejects", "whale_trades")
    assert [(report.of(name).missing, report.of(name).doubled) for name in tables] == [(0, 0)] * 4
    assert report.of("raw_trades").put == 200
