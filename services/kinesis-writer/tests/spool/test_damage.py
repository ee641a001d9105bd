"""Damage that cannot even be set aside: it stays where it is, and what is whole goes on."""

from pathlib import Path

import pytest

from coattail_runtime import telemetry
from coattail_runtime.link import LineBatch, group
from coattail_testing.records import a_line
from coattail_testkit.writer import FakeStream, spooling
from kinesis_writer.spool import Folder
from kinesis_writer.spool.frames import encode

LOG = telemetry.logger("tests")
SYMBOL = "BTC-USDT"


def a_segment(path: Path, number: int, first: int, end: int) -> Path:
    """The trades from `first` to before `end` in the spool, as a process that was killed left them."""
    batches: list[LineBatch] = group([a_line(trade_id, symbol=SYMBOL) for trade_id in range(first, end)], 1_000)
    segment = path / f"{number:016d}.spool"
    segment.write_bytes(b"".join(encode(batch, held_at=0) for batch in batches))
    return segment


def spoil(segment: Path) -> bytes:
    """Change a bit of its first frame; what is in it then."""
    content = bytearray(segment.read_bytes())
    content[100] ^= 1
    segment.write_bytes(content)
    return bytes(content)


def segments(path: Path) -> list[Path]:
    return sorted(path.glob("*.spool"))


def test_damage_at_the_same_place_of_another_spool_is_kept_too(tmp_path: Path) -> None:
    """The numbers of segments begin again where a spool was empty."""
    folder = Folder(tmp_path)

    new = [folder.set_aside(0, 0, content) for content in (b"one", b"two", b"one")]

    assert new == [True, True, False]
    assert {path.read_bytes() for path in (tmp_path / "damaged").iterdir()} == {b"one", b"two"}


async def test_damage_that_cannot_be_set_aside_stays_for_the_next_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stream = FakeStream()
    damaged = a_segment(tmp_path, 0, 0, 50)
    a_segment(tmp_path, 1, 50, 100)
    content = spoil(damaged)
    (tmp_path / "damaged").write_bytes(b"a file where the folder should be")

    async with spooling(stream, Folder(tmp_path)) as intake:
        await intake.flush()
        assert (intake.damaged, intake.spooling, intake.stored_bytes) == (1, False, len(content))

    assert "cannot set a damaged record of the spool aside" in caplog.text
    assert segments(tmp_path) == [damaged]
    assert damaged.read_bytes() == content
    arrived = stream.trade_ids(SYMBOL)
    assert arrived == list(range(arrived[0], 100))
    assert 0 < arrived[0] < 50

    (tmp_path / "damaged").unlink()
    async with spooling(stream, Folder(tmp_path)) as intake:
        await intake.flush()
    assert segments(tmp_path) == []
    assert len(list((tmp_path / "damaged").iterdir())) == 1


async def test_a_segment_that_cannot_be_read_stays_for_the_next_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stream = FakeStream()
    unreadable = tmp_path / f"{0:016d}.spool"
    unreadable.mkdir()
    a_segment(tmp_path, 1, 0, 50)

    async with spooling(stream, Folder(tmp_path)) as intake:
        await intake.flush()
        assert intake.damaged == 1

    assert "cannot read a segment of the spool" in caplog.text
    assert segments(tmp_path) == [unreadable]
    assert stream.trade_ids(SYMBOL) == list(range(50))
