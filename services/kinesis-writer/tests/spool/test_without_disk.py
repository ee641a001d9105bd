"""A disk that takes nothing more while it still holds what is older: nothing overtakes that."""

import asyncio
import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from random import Random

from coattail_common import telemetry
from coattail_common.link import LineBatch, group
from coattail_common.testing import a_line
from kinesis_writer import Reachability, Writer
from kinesis_writer.spool import Folder, SpooledIntake
from kinesis_writer.testing import FakeStream

LOG = telemetry.logger("tests")
SYMBOL = "BTC-USDT"


class Impatient(Random):
    """Chance that never makes one wait."""

    def uniform(self, a: float, b: float) -> float:  # noqa: ARG002
        """No wait."""
        return 0


class SlowFullDisk(Folder):
    """A disk that takes nothing when it is `full`, and of which a read ends only when it `may_read`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.full = False
        self.reading = False
        self.may_read = threading.Event()
        self.may_read.set()

    def append(self, descriptor: int, content: bytes) -> None:
        """See `Folder.append`."""
        if self.full:
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
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  (what is watched has no event)
            await asyncio.sleep(0)


async def test_what_the_disk_does_not_take_waits_for_what_is_on_it(tmp_path: Path) -> None:
    stream, disk = FakeStream(), SlowFullDisk(tmp_path)
    stream.down = True
    some: list[LineBatch] = group([a_line(trade_id, symbol=SYMBOL) for trade_id in range(400)], 1_000)
    disk.open()
    async with (
        Writer(stream, Reachability("tests", LOG), record_age=0, max_bytes=3_000, random=Impatient()) as writer,
        SpooledIntake(disk, writer, max_bytes=160_000, log=LOG) as intake,
    ):
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
    disk.close()

    assert stream.trade_ids(SYMBOL) == list(range(400))
