"""The files of the spool: whatever an earlier process or a disk left in them, what is whole is read, and nothing raises."""

import asyncio
import errno
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

import pytest
from aws_lambda_powertools import Logger
from hypothesis import given, settings
from hypothesis import strategies as st

from coattail_runtime.link import LineBatch
from kinesis_writer.spool.folder import Folder
from kinesis_writer.spool.frames import MAGIC, Damaged, Entry, Whole, encode, scan
from kinesis_writer.spool.segment import SpooledBatch
from kinesis_writer.spool.segment_store import SegmentStore


class SpoilingDisk(Folder):
    """A folder on a disk that, once, takes half of a write and does not let it be cut off again."""

    spoils = True

    def append(self, descriptor: int, content: bytes) -> None:
        """See `Folder.append`."""
        if self.spoils:
            os.write(descriptor, content[: len(content) // 2])
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().append(descriptor, content)

    def cut(self, number: int, size: int) -> None:
        """See `Folder.cut`."""
        if self.spoils:
            raise OSError(errno.EIO, f"{number} cannot be cut to {size} bytes")
        super().cut(number, size)


FRAMES = st.builds(
    lambda symbol, lines: encode(LineBatch("binance", symbol, 1, lines), 1.5),
    st.sampled_from(["BTC-USDT", "ETH-USDT"]),
    st.binary(min_size=1, max_size=40),
)
PIECES = st.lists(FRAMES | FRAMES.map(lambda frame: frame[:-3]) | st.binary(max_size=30) | st.just(MAGIC), max_size=6)


@settings(max_examples=50)
@given(st.lists(PIECES.map(b"".join), min_size=1, max_size=3))
async def test_whatever_the_files_hold_what_is_whole_is_read_in_order_and_the_rest_kept(contents: list[bytes]) -> None:
    parts = [(number, part) for number, content in enumerate(contents) for part in scan(content)]
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for number, content in enumerate(contents):
            (folder / f"{number:016d}.spool").write_bytes(content)
        store = SegmentStore(
            Folder(folder), max_bytes=10_000, segment_bytes=1_000, log=Logger(service="spool", level="CRITICAL")
        )

        read: list[Entry] = []
        while store.unread:
            for spooled, entry in await store.read():
                store.loaded(spooled)
                store.accept(spooled)
                read.append(entry)

        assert read == [part.entry for _, part in parts if isinstance(part, Whole)]
        assert store.damaged == sum(isinstance(part, Damaged) for _, part in parts)
        for number, part in parts:
            if isinstance(part, Damaged):
                bad = contents[number][part.offset : part.offset + part.size]
                kept = folder / "damaged" / f"{number:016d}-{part.offset}-{crc32(bad):08x}"
                assert kept.read_bytes() == bad
        assert (Folder(folder).segments(), store.room.used) == ([], 0)


async def test_what_a_failed_write_left_is_written_behind_by_nobody(tmp_path: Path) -> None:
    disk, log = SpoilingDisk(tmp_path), Logger(service="spool", level="CRITICAL")
    disk.spoils = False
    store = SegmentStore(disk, max_bytes=10_000, segment_bytes=1_000, log=log)
    lines = [b"{}", b"[]", b"0"]
    batches = [LineBatch("binance", "BTC-USDT", 1, line) for line in lines]
    spooled_batches = [SpooledBatch(batch, None, 1.5) for batch in batches]
    await store.write([spooled_batches[0]], [encode(batches[0], 1.5)])
    disk.spoils = True
    with pytest.raises(OSError, match="Input/output"):
        await store.write([spooled_batches[1]], [encode(batches[1], 1.5)])
    disk.spoils = False
    for spooled, batch in zip(spooled_batches[1:], batches[1:], strict=True):
        await store.write([spooled], [encode(batch, 1.5)])
    read = []
    while store.unread:
        for spooled, entry in await store.read():
            store.loaded(spooled)
            read.append(entry.lines)
    assert read == lines
    store.close()


async def test_what_a_failed_write_left_is_cut_off(tmp_path: Path) -> None:
    class HalfDisk(SpoilingDisk):
        def cut(self, number: int, size: int) -> None:
            Folder.cut(self, number, size)

    disk = HalfDisk(tmp_path)
    disk.spoils = False
    store = SegmentStore(disk, max_bytes=10_000, segment_bytes=1_000, log=Logger(service="spool", level="CRITICAL"))
    batch = LineBatch("binance", "BTC-USDT", 1, b"{}")
    frame = encode(batch, 1.5)
    await store.write([SpooledBatch(batch, None, 1.5)], [frame])
    disk.spoils = True
    with pytest.raises(OSError, match="Input/output"):
        await store.write([SpooledBatch(batch, None, 1.5)], [frame])
    assert disk.segments() == [(0, len(frame))]


async def test_spool_is_read_out_without_asserts(tmp_path: Path) -> None:
    """`python -O` leaves asserts out, with what is done in them: a batch was read from the spool, and sent, without end."""
    program = """
import asyncio, sys
from pathlib import Path
from aws_lambda_powertools import Logger
from kinesis_writer.spool.folder import Folder
from kinesis_writer.spool.segment_store import SegmentStore

async def main():
    store = SegmentStore(Folder(Path(sys.argv[1])), max_bytes=10_000, segment_bytes=1_000, log=Logger(service="spool"))
    for _ in range(9):
        for spooled, entry in await store.read():
            store.loaded(spooled)
            print(entry.batch.lines.decode())

asyncio.run(main())
"""
    content = b"".join(encode(LineBatch("binance", "BTC-USDT", 1, line), 1.5) for line in (b"one", b"two"))
    (tmp_path / f"{0:016d}.spool").write_bytes(content)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-O", "-c", program, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert (process.returncode, output.decode().split()) == (0, ["one", "two"])
