"""Chaos in small: a few of each fault between the real processes, and nothing is lost."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import msgspec

from coattail_chaos import small_disk
from coattail_chaos.faults import Fault
from coattail_chaos.report import Report


async def test_after_a_few_of_every_fault_nothing_is_missing_or_doubled(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    words = (sys.executable, "-m", "coattail_chaos", "--quick", "--state", str(tmp_path / "state"))
    process = await asyncio.create_subprocess_exec(*words, "--report", str(file), stdout=PIPE, stderr=PIPE)
    output, told = await process.communicate()

    assert process.returncode == 0, output.decode() + told.decode()
    report = msgspec.json.decode(file.read_bytes(), type=Report)
    assert (report.missing, report.doubled, report.out_of_order, report.problems) == (0, 0, 0, ())
    assert report.landed == report.sent > 10_000
    there = set(Fault) if small_disk.possible(tmp_path / "disk") else set(Fault) - {Fault.DISK_FULL}
    assert set(report.faults) == there
