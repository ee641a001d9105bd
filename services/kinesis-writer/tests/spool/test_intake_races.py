"""The spool before a writer while the disk is slow, fills up between two writes, or nobody waits any more."""

import asyncio
import errno
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from coattail_runtime import telemetry
from coattail_runtime.link import LineBatch, group
from coattail_testing.records import a_line
from coattail_testkit.writer import FakeStream
from kinesis_writer import Reachability, Writer
from kinesis_writer.spool import Folder, SpooledIntake

BTC = "BTC-USDT"
LOG = telemetry.logger("tests")


class Disk(Folder):
    """A folder on a disk that waits before each write while it is `slow`, and takes nothing while it is `full`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.quick = threading.Event()
        self.quick.set()
        self.full = False
        self.asked = 0

    def append(self, descriptor: int, content: bytes) -> None:
        """See `Folder.append`."""
        self.asked += 1
        self.quick.wait()
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().append(descriptor, content)


@asynccontextmanager
async def an_intake(stream: FakeStream, disk: Disk, *, spool_bytes: int = 1_000_000) -> AsyncIterator[SpooledIntake]:
    """A writer with room for a few batches, and its spool."""
    disk.open()
    reachability = Reachability("tests", LOG)
    try:
        async with (
            Writer(stream, reachability, record_bytes=2_000, record_age=0, max_bytes=3_000) as writer,
            SpooledIntake(disk, writer, max_bytes=spool_bytes, log=LOG) as intake,
        ):
            yield intake
    finally:
        disk.quick.set()
        disk.close()


def batches(first: int, end: int) -> list[LineBatch]:
    return group([a_line(number) for number in range(first, end)], 1_000)


async def put(intake: SpooledIntake, some: list[LineBatch]) -> None:
    for batch in some:
        await intake.put(batch, lambda: None)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  (what is watched has no event)
            await asyncio.sleep(0)


async def test_what_is_accepted_while_it_is_being_copied_takes_no_room_for_ever(tmp_path: Path) -> None:
    stream, disk = FakeStream(), Disk(tmp_path)
    stream.down = True
    disk.quick.clear()
    async with an_intake(stream, disk) as intake:
        putting = asyncio.create_task(put(intake, batches(0, 20)))
        await until(lambda: disk.asked > 0)
        stream.down = False
        await until(lambda: len(stream.records) > 0)
        disk.quick.set()
        await putting
        await intake.flush()
        await until(lambda: intake.stored_bytes == 0)
    assert stream.trade_ids(BTC) == list(range(20))
    assert disk.segments() == []


async def test_what_does_without_a_full_disk_stays_behind_what_is_on_it(tmp_path: Path) -> None:
    stream, disk = FakeStream(), Disk(tmp_path)
    stream.down = True
    async with an_intake(stream, disk) as intake:
        await put(intake, batches(0, 100))
        assert intake.spooling
        disk.full = True
        putting = asyncio.create_task(put(intake, batches(100, 120)))
        await until(lambda: intake.full)
        stream.down = False
        await putting
        await intake.flush()
    assert stream.trade_ids(BTC) == list(range(120))


async def test_who_does_not_wait_any_more_leaves_no_trace(tmp_path: Path) -> None:
    stream, disk = FakeStream(), Disk(tmp_path)
    stream.down = True
    disk.quick.clear()
    async with an_intake(stream, disk) as intake:
        first = asyncio.create_task(put(intake, batches(0, 20)))
        await until(lambda: disk.asked > 0)
        second = asyncio.create_task(put(intake, batches(100, 120)))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        disk.quick.set()
        stream.down = False
        await first
        async with asyncio.timeout(60):
            await intake.flush()
