"""A disk that is slow, and one that takes nothing more while it holds what is older."""

import asyncio
import errno
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from coattail_runtime import telemetry
from coattail_runtime.link import LineBatch, group
from coattail_testing.records import a_line
from coattail_testkit.writer import FakeStream
from kinesis_writer import Reachability, Writer
from kinesis_writer.spool import Folder, SpooledIntake

LOG = telemetry.logger("tests")
SYMBOL = "BTC-USDT"


class Impatient(Random):
    """Chance that never makes one wait."""

    def uniform(self, a: float, b: float) -> float:  # noqa: ARG002
        """No wait."""
        return 0


class SlowFullDisk(Folder):
    """A disk that takes half of a write when it is `full`, and of which a read or a write ends only when it may."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.full = False
        self.reading = False
        self.may_read = threading.Event()
        self.may_read.set()
        self.writing = False
        self.may_write = threading.Event()
        self.may_write.set()

    def append(self, descriptor: int, content: bytes) -> None:
        """See `Folder.append`."""
        self.writing = True
        self.may_write.wait(20)
        self.writing = False
        if self.full:
            os.write(descriptor, content[: len(content) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().append(descriptor, content)

    def read(self, number: int, offset: int = 0, size: int = -1) -> bytes:
        """See `Folder.read`."""
        self.reading = True
        self.may_read.wait(20)
        self.reading = False
        return super().read(number, offset, size)


async def until(condition: Callable[[], bool]) -> None:
    """Let the others run until it holds."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  (what is watched has no event)
            await asyncio.sleep(0)


@asynccontextmanager
async def an_intake(stream: FakeStream, disk: Folder) -> AsyncIterator[tuple[Writer, SpooledIntake]]:
    """A writer with very little memory, and its spool."""
    disk.open()
    async with (
        Writer(stream, Reachability("tests", LOG), record_age=0, max_bytes=3_000, random=Impatient()) as writer,
        SpooledIntake(disk, writer, max_bytes=160_000, log=LOG) as intake,
    ):
        yield writer, intake
    disk.close()


def batches(trades: int) -> list[LineBatch]:
    return group([a_line(trade_id, symbol=SYMBOL) for trade_id in range(trades)], 1_000)


def stored(path: Path) -> int:
    return sum(segment.stat().st_size for segment in path.glob("*.spool"))


async def fill_memory(intake: SpooledIntake, some: list[LineBatch]) -> int:
    """Put as many as memory has room for; how many."""
    put = 0
    while sum(len(batch.lines) for batch in some[: put + 1]) <= 3_000:
        await intake.put(some[put], lambda: None)
        put += 1
    return put


async def test_what_is_accepted_while_it_is_written_does_not_stay_on_the_disk(tmp_path: Path) -> None:
    stream, disk, some = FakeStream(), SlowFullDisk(tmp_path), batches(40)
    stream.down = True
    async with an_intake(stream, disk) as (writer, intake):
        number = await fill_memory(intake, some)
        disk.may_write.clear()
        spilling = asyncio.create_task(intake.put(some[number], lambda: None))
        await until(lambda: disk.writing)
        stream.down = False
        await until(lambda: writer.held_bytes == 0)
        disk.may_write.set()
        await spilling
        await intake.flush()

        assert intake.stored_bytes == 0
    assert stored(tmp_path) == 0


async def test_a_put_that_is_cancelled_while_it_is_written_is_never_told(tmp_path: Path) -> None:
    """It may come into the stream; but its connector got no *held*, and sends it again."""
    stream, disk, some = FakeStream(), SlowFullDisk(tmp_path), batches(40)
    stream.down = True
    told: list[LineBatch] = []
    async with an_intake(stream, disk) as (_, intake):
        number = await fill_memory(intake, some)
        disk.may_write.clear()
        spilling = asyncio.create_task(intake.put(some[number], lambda: told.append(some[number])))
        await until(lambda: disk.writing)
        spilling.cancel()
        await asyncio.gather(spilling, return_exceptions=True)
        disk.may_write.set()
        stream.down = False
        await intake.put(some[number], lambda: None)
        await intake.flush()

    trades = sum(batch.count for batch in some[: number + 1])
    assert list(dict.fromkeys(stream.trade_ids(SYMBOL))) == list(range(trades))
    assert told == []


async def test_what_was_written_of_a_group_that_did_not_fit_is_cut_off(tmp_path: Path) -> None:
    stream, disk, some = FakeStream(), SlowFullDisk(tmp_path), batches(80)
    stream.down = True
    async with an_intake(stream, disk) as (_, intake):
        for batch in some[:8]:
            await intake.put(batch, lambda: None)
        before = stored(tmp_path)
        disk.full = True
        last = asyncio.create_task(intake.put(some[8], lambda: None))
        await until(lambda: intake.full)

        assert stored(tmp_path) == before > 0
        last.cancel()
        await asyncio.gather(last, return_exceptions=True)


async def test_what_the_disk_does_not_take_waits_for_what_is_on_it(tmp_path: Path) -> None:
    stream, disk = FakeStream(), SlowFullDisk(tmp_path)
    stream.down = True
    some = batches(400)
    async with an_intake(stream, disk) as (writer, intake):
        for batch in some[:-3]:
            await intake.put(batch, lambda: None)
        disk.full = True
        last = [asyncio.create_task(intake.put(batch, lambda: None)) for batch in some[-3:]]
        await until(lambda: intake.full)
        disk.may_read.clear()
        stream.down = False
        await until(lambda: disk.reading and writer.held_bytes == 0)
        for _ in range(20):
            await asyncio.sleep(0)
        disk.may_read.set()
        await asyncio.gather(*last)
        await intake.flush()

    assert stream.trade_ids(SYMBOL) == list(range(400))
