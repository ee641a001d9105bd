"""The spool's folder: numbered segments, what was set aside of them, and the lock of the one writer that uses it."""

import fcntl
import os
from pathlib import Path
from typing import Final
from zlib import crc32

_SUFFIX: Final = ".spool"
_DIGITS: Final = 16


class FolderInUseError(OSError):
    """Another process has the folder."""


class Folder:
    """Segments by number; calls block, and raise `OSError`. Between `open` and `close` it is this process's alone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = -1

    def open(self) -> None:
        """Make the folder when it is missing and lock it. Raises `FolderInUseError`, or another `OSError`."""
        self.path.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.path / "lock", os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(lock)
            message = f"{self.path} is in use by another process"
            raise FolderInUseError(message) from error
        self._lock = lock

    def close(self) -> None:
        """Let another process have it."""
        os.close(self._lock)

    def segments(self) -> list[tuple[int, int]]:
        """The number and the bytes of each segment, the oldest first."""
        found = [path for path in self.path.glob(f"*{_SUFFIX}") if path.stem.isdigit()]
        return sorted((int(path.stem), path.stat().st_size) for path in found)

    def create(self, number: int) -> int:
        """A new segment, open for appending, whose name survives a loss of power; its descriptor."""
        descriptor = os.open(self._segment(number), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        try:
            _sync_folder(self.path)
        except OSError:  # it is tried again each second, with another number
            os.close(descriptor)
            self.remove(number)
            raise
        return descriptor

    def append(self, descriptor: int, content: bytes) -> None:
        """Write at the end and wait until it is on the disk."""
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fdatasync(descriptor)

    def read(self, number: int, offset: int = 0, size: int = -1) -> bytes:
        """Bytes of a segment; all from `offset` on when no size is given."""
        with self._segment(number).open("rb") as file:
            file.seek(offset)
            return file.read(size)

    def cut(self, number: int, size: int) -> None:
        """Keep the first `size` bytes of a segment."""
        os.truncate(self._segment(number), size)

    def remove(self, number: int) -> None:
        """Delete a segment. One that is back after a loss of power is sent once more, which is no harm."""
        self._segment(number).unlink()

    def set_aside(self, number: int, offset: int, content: bytes) -> bool:
        """Keep bytes of a segment that cannot be read. Whether they were new: a restart may find the same ones again."""
        aside = self.path / "damaged"
        aside.mkdir(exist_ok=True)
        path = aside / f"{number:0{_DIGITS}d}-{offset}-{crc32(content):08x}"  # numbers begin again with an empty spool
        if path.exists():
            return False
        beside = path.with_suffix(".new")
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _sync_folder(aside)
        return True

    def _segment(self, number: int) -> Path:
        return self.path / f"{number:0{_DIGITS}d}{_SUFFIX}"


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
