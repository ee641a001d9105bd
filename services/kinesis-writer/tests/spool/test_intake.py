"""The spool before a writer: order from memory to disk and back, its bound, restarts, damage, and a disk that fails."""

import asyncio
import errno
import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from coattail_runtime import telemetry
from coattail_runtime.link import LineBatch, group
from coattail_testing.records import a_line
from coattail_testkit.writer import FakeStream, Impatient, spooling
from kinesis_writer import Reachability, Writer
from kinesis_writer.spool import Folder, FolderInUseError, SpoolDamagedError, SpooledIntake

SYMBOLS = ("BTC-USDT", "ETH-USDT", "SOL-USDT")
LOG = telemetry.logger("tests")


class FullDisk(Folder):
    """A folder on a disk that takes half of a write, and then nothing while it is `full`."""

    full = True

    def append(self, descriptor: int, content: bytes) -> None:
        """See `Folder.append`."""
        if self.full:
            os.write(descriptor, content[: len(content) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().append(descriptor, content)


def an_intake(
    stream: FakeStream, folder: Folder, *, max_bytes: int = 3_000, spool_bytes: int = 1_000_000
) -> AbstractAsyncContextManager[SpooledIntake]:
    """A writer with very little memory, and its spool."""
    return spooling(
        stream, folder, spool_bytes=spool_bytes, record_bytes=2_000, max_bytes=max_bytes, random=Impatient()
    )


def batches(first: int, end: int) -> list[LineBatch]:
    return group([a_line(number, symbol=symbol) for number in range(first, end) for symbol in SYMBOLS], 1_000)


async def put(intake: SpooledIntake, some: list[LineBatch], told: list[LineBatch] | None = None) -> None:
    for batch in some:
        await intake.put(batch, partial((told if told is not None else []).append, batch))


def first_arrivals(stream: FakeStream, symbol: str) -> list[int]:
    return list(dict.fromkeys(stream.trade_ids(symbol)))


def segments(path: Path) -> list[Path]:
    return sorted(path.glob("*.spool"))


async def until(condition: Callable[[], bool]) -> None:
    """Let the others run until it holds."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  (what is watched has no event)
            await asyncio.sleep(0)


async def test_what_fits_into_memory_never_touches_the_disk(tmp_path: Path) -> None:
    stream = FakeStream()
    async with an_intake(stream, Folder(tmp_path), max_bytes=1_000_000) as intake:
        await put(intake, batches(0, 100))
        await intake.flush()

    assert stream.trade_ids("BTC-USDT") == list(range(100))
    assert segments(tmp_path) == []


@pytest.mark.parametrize("seed", range(3))
async def test_order_holds_from_memory_to_disk_and_back(tmp_path: Path, seed: int) -> None:
    stream = FakeStream(random=Random(seed), refuses=0.3, fails=0.1)
    told: list[LineBatch] = []
    some = batches(0, 200)
    async with an_intake(stream, Folder(tmp_path)) as intake:
        stream.down = True
        await put(intake, some[:60], told)
        assert intake.spooling
        assert intake.stored_bytes > sum(len(batch.lines) for batch in some[:60])
        stream.down = False
        await put(intake, some[60:], told)
        await intake.flush()
        assert not intake.spooling
        assert intake.stored_bytes == 0
        assert intake.oldest_seconds() == 0

    for symbol in SYMBOLS:
        assert stream.trade_ids(symbol) == list(range(200))
        assert [batch for batch in told if batch.key == symbol] == [batch for batch in some if batch.key == symbol]
    assert segments(tmp_path) == []


async def test_nothing_is_told_accepted_before_it_is_in_the_stream(tmp_path: Path) -> None:
    stream = FakeStream()
    stream.down = True
    told: list[LineBatch] = []
    async with an_intake(stream, Folder(tmp_path)) as intake:
        await put(intake, batches(0, 50), told)

    assert told == []


async def test_what_was_held_is_sent_by_the_next_process_and_what_comes_again_behind_it(tmp_path: Path) -> None:
    stream = FakeStream()
    stream.down = True
    async with an_intake(stream, Folder(tmp_path)) as intake:
        await put(intake, batches(0, 100))
    stream.down = False

    async with an_intake(stream, Folder(tmp_path)) as intake:
        await put(intake, batches(0, 120))
        await intake.flush()

    for symbol in SYMBOLS:
        assert first_arrivals(stream, symbol) == list(range(120))
    assert segments(tmp_path) == []


async def test_a_full_spool_makes_put_wait_and_drops_nothing(tmp_path: Path) -> None:
    stream = FakeStream()
    stream.down = True
    some = batches(0, 200)
    async with an_intake(stream, Folder(tmp_path), spool_bytes=20_000) as intake:
        putting = asyncio.create_task(put(intake, some))
        await until(lambda: intake.full)
        assert not putting.done()
        assert intake.stored_bytes <= 20_000
        stream.down = False
        await putting
        await intake.flush()

    for symbol in SYMBOLS:
        assert stream.trade_ids(symbol) == list(range(200))


async def test_a_put_that_is_cancelled_while_it_waits_is_not_told(tmp_path: Path) -> None:
    stream = FakeStream()
    stream.down = True
    some = batches(0, 200)
    taken: list[LineBatch] = []
    told: list[LineBatch] = []
    async with an_intake(stream, Folder(tmp_path), spool_bytes=20_000) as intake:

        async def put_all() -> None:
            for batch in some:
                await put(intake, [batch], told)
                taken.append(batch)

        putting = asyncio.create_task(put_all())
        await until(lambda: intake.full)
        putting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await putting
        stream.down = False
        await intake.flush()

    assert 0 < len(taken) < len(some)
    for symbol in SYMBOLS:
        ours = [batch for batch in taken if batch.key == symbol]
        assert [batch for batch in told if batch.key == symbol] == ours
        arrived = stream.trade_ids(symbol)
        assert arrived == list(range(len(arrived)))
        assert len(arrived) >= sum(batch.count for batch in ours)


async def test_what_is_only_in_memory_can_be_kept(tmp_path: Path) -> None:
    stream = FakeStream()
    stream.down = True
    async with an_intake(stream, Folder(tmp_path), max_bytes=1_000_000) as intake:
        await put(intake, batches(0, 50))
        assert segments(tmp_path) == []
        await intake.keep()
    stream.down = False

    async with an_intake(stream, Folder(tmp_path)) as intake:
        await intake.flush()

    for symbol in SYMBOLS:
        assert stream.trade_ids(symbol) == list(range(50))


async def test_a_torn_end_is_cut_off_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    stream = FakeStream()
    await _leave(stream, tmp_path)
    last = segments(tmp_path)[-1]
    whole = last.read_bytes()
    last.write_bytes(whole + whole[:50])

    async with an_intake(stream, Folder(tmp_path)) as intake:
        await intake.flush()
        assert intake.damaged == 0

    assert "cut a record off the spool" in caplog.text
    for symbol in SYMBOLS:
        assert stream.trade_ids(symbol) == list(range(100))
    assert segments(tmp_path) == []


async def test_damage_in_the_middle_is_set_aside_with_its_bytes_and_the_rest_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stream = FakeStream()
    await _leave(stream, tmp_path)
    path = segments(tmp_path)[0]
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)

    async with an_intake(stream, Folder(tmp_path)) as intake:
        await intake.flush()
        assert intake.damaged == 1

    aside = [file.read_bytes() for file in (tmp_path / "damaged").iterdir()]
    assert len(aside) == 1
    assert bytes(content).startswith(aside[0])
    assert "set a damaged record of the spool aside" in caplog.text
    lost = aside[0].count(b'"trade_id":')
    arrived = {symbol: stream.trade_ids(symbol) for symbol in SYMBOLS}
    assert sum(map(len, arrived.values())) == 300 - lost
    assert all(ids == sorted(ids) for ids in arrived.values())
    assert segments(tmp_path) == []


async def test_what_this_process_wrote_and_cannot_read_ends_it(tmp_path: Path) -> None:
    """Its connectors still have it: the next process sets it aside and is sent it again."""
    stream = FakeStream()
    stream.down = True

    async def write_and_spoil() -> None:
        async with an_intake(stream, Folder(tmp_path)) as intake:
            await put(intake, batches(0, 100))
            path = segments(tmp_path)[0]
            path.write_bytes(bytes(len(path.read_bytes())))
            stream.down = False
            await intake.flush()

    with pytest.raises(ExceptionGroup) as ended:
        await write_and_spoil()

    assert ended.group_contains(SpoolDamagedError)


async def test_a_disk_that_is_full_pushes_back_until_it_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stream = FakeStream()
    stream.down = True
    disk = FullDisk(tmp_path)
    async with an_intake(stream, disk) as intake:
        putting = asyncio.create_task(put(intake, batches(0, 60)))
        await until(lambda: intake.full)
        assert not putting.done()
        disk.full = False
        await until(lambda: not intake.full)
        await putting
        stream.down = False
        await intake.flush()

    assert caplog.text.count("the spool cannot be written") == 1
    for symbol in SYMBOLS:
        assert stream.trade_ids(symbol) == list(range(60))


@pytest.mark.parametrize("seed", range(3))
async def test_a_disk_that_stays_full_is_done_without_once_the_stream_is_back(tmp_path: Path, seed: int) -> None:
    stream = FakeStream(random=Random(seed), refuses=0.3, fails=0.1)
    stream.down = True
    told: list[LineBatch] = []
    some = batches(0, 200)
    async with an_intake(stream, FullDisk(tmp_path)) as intake:
        putting = asyncio.create_task(put(intake, some, told))
        await until(lambda: intake.full)
        stream.down = False
        await putting
        await intake.flush()
        await until(lambda: not intake.full)
        assert not intake.spooling
        assert intake.stored_bytes == 0
        assert intake.oldest_seconds() == 0

    for symbol in SYMBOLS:
        assert stream.trade_ids(symbol) == list(range(200))
    assert len(told) == len(some)
    assert segments(tmp_path) == []


@pytest.mark.parametrize("seed", range(3))
async def test_what_did_without_the_disk_comes_to_it_before_anything_newer(tmp_path: Path, seed: int) -> None:
    """So that order holds, whatever is left when the process ends."""
    random = Random(seed)
    stream, disk = FakeStream(random=random, refuses=0.2), FullDisk(tmp_path)
    stream.down = True
    some = batches(0, 200)
    async with an_intake(stream, disk) as intake:
        putting = asyncio.create_task(put(intake, some))
        await until(lambda: intake.full)
        for _ in range(4):
            enough = len(stream.records) + random.randrange(1, 12)
            stream.down = False
            await until(lambda: len(stream.records) >= enough)  # noqa: B023  (waited for here)
            stream.down = True
            disk.full = not disk.full
        disk.full = False
        await until(lambda: intake.stored_bytes > 0)
        putting.cancel()
        await asyncio.gather(putting, return_exceptions=True)
    stream.down = False

    async with an_intake(stream, Folder(tmp_path)) as intake:
        await put(intake, some)
        await intake.flush()

    for symbol in SYMBOLS:
        assert first_arrivals(stream, symbol) == list(range(200))


def test_a_folder_is_of_one_process(tmp_path: Path) -> None:
    first, second = Folder(tmp_path), Folder(tmp_path)
    first.open()
    with pytest.raises(FolderInUseError):
        second.open()
    first.close()
    second.open()
    second.close()


async def test_the_age_of_what_an_earlier_process_held_is_known(tmp_path: Path) -> None:
    stream = FakeStream()
    stream.down = True
    folder = Folder(tmp_path)
    folder.open()
    options: dict[str, Any] = {"record_age": 0, "max_bytes": 3_000, "random": Impatient()}
    async with Writer(stream, Reachability("tests", LOG), **options) as writer:
        async with SpooledIntake(folder, writer, max_bytes=1_000_000, log=LOG, clock=lambda: 1_000.0) as intake:
            await put(intake, batches(0, 50))
        async with SpooledIntake(folder, writer, max_bytes=1_000_000, log=LOG, clock=lambda: 1_090.0) as intake:
            await until(lambda: intake.oldest_seconds() == 90)
    folder.close()


async def _leave(stream: FakeStream, path: Path) -> None:
    """A hundred trades of each market in the spool of a process that ended."""
    stream.down = True
    async with an_intake(stream, Folder(path)) as intake:
        await put(intake, batches(0, 100))
    stream.down = False
