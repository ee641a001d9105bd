"""Cursors in a file on this machine: one for each exchange, replaced as a whole, so that it is never half written."""

import asyncio
import errno
import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from coattail_connector.cursors.store import CursorsBrokenError, CursorsRefusedError, CursorsUnavailableError

_FOR_A_PERSON: Final = frozenset(
    {
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.ENOTDIR,
        errno.EEXIST,
        errno.ENOENT,
        errno.ENAMETOOLONG,
    }
)
"""What keeps a folder from being one to write to, and does not pass."""


class _File(msgspec.Struct, frozen=True):
    exchange: str
    cursors: dict[str, int]


class FileCursors:
    """`CursorStore` in the file `<exchange>.json` of `folder`, which is made when it is missing.

    Written beside it, brought to the disk, then renamed over it. A lock file keeps processes that share it apart.
    """

    def __init__(self, folder: Path, exchange: str) -> None:
        self._exchange = exchange
        self._path = folder / f"{exchange}.json"

    async def get(self, symbols: Iterable[str]) -> Mapping[str, int]:
        """See `CursorStore.get`."""
        stored = await asyncio.to_thread(self._begin)
        return {symbol: stored[symbol] for symbol in symbols if symbol in stored}

    async def advance(self, cursors: Mapping[str, int]) -> None:
        """See `CursorStore.advance`."""
        await asyncio.to_thread(self._advance, cursors)

    def _begin(self) -> dict[str, int]:
        """Read, where it can be written too: what cannot would be found out only after the first trades."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with _locked(self._path.with_suffix(".lock")):
                return self._read()
        except OSError as error:
            if error.errno not in _FOR_A_PERSON:
                raise CursorsUnavailableError(str(error)) from error
            message = f"cannot keep cursors in {self._path.parent} ({error.strerror})"
            raise CursorsRefusedError(message) from error

    def _read(self) -> dict[str, int]:
        try:
            stored = msgspec.json.decode(self._path.read_bytes(), type=_File)
        except FileNotFoundError:
            return {}
        except (msgspec.DecodeError, UnicodeError) as error:
            message = f"{self._path} holds no cursors: {error}"
            raise CursorsBrokenError(message) from error
        if stored.exchange != self._exchange:
            message = f"{self._path} holds the cursors of {stored.exchange}, not of {self._exchange}"
            raise CursorsBrokenError(message)
        return stored.cursors

    def _advance(self, cursors: Mapping[str, int]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with _locked(self._path.with_suffix(".lock")):
                stored = self._read()
                risen = {symbol: at for symbol, at in cursors.items() if at > stored.get(symbol, -1)}
                if risen:
                    self._replace(msgspec.json.encode(_File(self._exchange, stored | risen)))
        except OSError as error:
            raise CursorsUnavailableError(str(error)) from error

    def _replace(self, content: bytes) -> None:
        beside = self._path.with_suffix(".new")
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the new name must survive a loss of power too
        finally:
            os.close(folder)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
