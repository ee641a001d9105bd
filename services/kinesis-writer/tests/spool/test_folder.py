"""What must be on the disk before the writer acknowledges it as held: only the system's own calls can show it."""

import errno
import os
from pathlib import Path

import pytest

from kinesis_writer.spool import Folder


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files and folders that were brought to the disk, by name, with their size then."""
    done: list[str] = []

    def note(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        done.append(path.name if path.is_dir() else f"{path.name} {path.stat().st_size}")

    monkeypatch.setattr(os, "fsync", note)
    monkeypatch.setattr(os, "fdatasync", note)
    return done


def test_a_segment_has_its_name_and_then_its_bytes_on_the_disk(tmp_path: Path, synced: list[str]) -> None:
    folder = Folder(tmp_path)
    descriptor = folder.create(7)
    folder.append(descriptor, b"x" * 100)
    os.close(descriptor)
    assert synced == [tmp_path.name, "0000000000000007.spool 100"]


def test_what_is_set_aside_has_its_bytes_and_then_its_name_on_the_disk(tmp_path: Path, synced: list[str]) -> None:
    assert Folder(tmp_path).set_aside(7, 16, b"spoilt")
    assert synced == ["0000000000000007-16-7fc5b877.new 6", "damaged"]


def test_a_segment_whose_name_cannot_be_brought_to_the_disk_leaves_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, f"{os.strerror(errno.EIO)}: {descriptor}")

    monkeypatch.setattr(os, "fsync", fail)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(3):
        with pytest.raises(OSError, match="Input/output"):
            Folder(tmp_path).create(number)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert Folder(tmp_path).segments() == []
