"""Chaos in small: a few of each fault between the real processes, and nothing is lost."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import msgspec
import pytest

from coattail_chaos import small_disk
from coattail_chaos.faults import OF_A_WRITER, Fault
from coattail_chaos.report import Report
from local_cloud.testing import TestCloud


async def chaos(folder: Path, *flags: str) -> Report:
    """The report of a run that passed, and in which nothing was missing, doubled or out of order."""
    file = folder / "report.json"
    words = (sys.executable, "-m", "coattail_chaos", "--quick", "--state", str(folder / "state"), "--report", str(file))
    process = await asyncio.create_subprocess_exec(*words, *flags, stdout=PIPE, stderr=PIPE)
    output, told = await process.communicate()
    assert process.returncode == 0, output.decode() + told.decode()
    report = msgspec.json.decode(file.read_bytes(), type=Report)
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
