"""The files of the spool: whatever an earlier process or a disk left in them, what is whole is read, and nothing raises."""

from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

from aws_lambda_powertools import Logger
from hypothesis import given, settings
from hypothesis import strategies as st

from coattail_common.link import LineBatch
from kinesis_writer.spool.folder import Folder
from kinesis_writer.spool.frames import MAGIC, Damaged, Entry, Whole, encode, scan
from kinesis_writer.spool.shelf import Shelf

FRAMES = st.builds(
    lambda symbol, lines: encode(LineBatch("binance", symbol, 1, lines), 1.5),
    st.sampled_from(["BTC-USDT", "ETH-USDT"]),
    st.binary(min_size=1, max_size=40),
)
PIECES = st.lists(FRAMES | FRAMES.map(lambda frame: frame[:-3]) | st.binary(max_size=30) | st.just(MAGIC), max_size=6)


@settings(max_examples=50, deadline=None)
@given(st.lists(PIECES.map(b"".join), min_size=1, max_size=3))
async def test_whatever_the_files_hold_what_is_whole_is_read_in_order_and_the_rest_kept(contents: list[bytes]) -> None:
    parts = [(number, part) for number, content in enumerate(contents) for part in scan(content)]
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for number, content in enumerate(contents):
            (folder / f"{number:016d}.spool").write_bytes(content)
        shelf = Shelf(
            Folder(folder), max_bytes=10_000, segment_bytes=1_000, log=Logger(service="spool", level="CRITICAL")
        )

        read: list[Entry] = []
        while shelf.unread:
            for holding, entry in await shelf.read():
                shelf.loaded(holding)
                shelf.accept(holding)
                read.append(entry)

        assert read == [part.entry for _, part in parts if isinstance(part, Whole)]
        assert shelf.damaged == sum(isinstance(part, Damaged) for _, part in parts)
        for number, part in parts:
            if isinstance(part, Damaged):
                bad = contents[number][part.offset : part.offset + part.size]
                kept = folder / "damaged" / f"{number:016d}-{part.offset}-{crc32(bad):08x}"
                assert kept.read_bytes() == bad
        assert (Folder(folder).segments(), shelf.room.used) == ([], 0)
