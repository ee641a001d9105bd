"""A file's bytes, unpacked: plain, gzip, bzip2, xz, zstd, lz4, or a zip with one file in it. A damaged file is reported by its name."""

import bz2
import gzip
import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Literal, cast

import pyarrow as pa

from coattail_replay.errors import InputError

_ZIP: Final = b"PK"
PARQUET: Final = b"PAR1"
_MAGIC_BYTES: Final = 6
_CANNOT: Final = {
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\x1f\x9d": "packed by compress",
    b"PARE": "an encrypted Parquet file",
}
_DAMAGED: Final = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, zipfile.BadZipFile)
_IS_LOCKED: Final = 0x1
_METHODS: Final = {9: "Deflate64", 93: "zstd", 98: "PPMd"}
_SHOWN: Final = 3


class _ArrowStream(io.RawIOBase):
    """What pyarrow unpacks, as a file of Python's."""

    def __init__(self, path: Path, codec: Literal["zstd", "lz4"]) -> None:
        self._stream = pa.CompressedInputStream(pa.OSFile(str(path), "rb"), codec)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: object) -> int:
        """See `io.RawIOBase.readinto`."""
        into = memoryview(cast("bytearray", buffer))
        found = self._stream.read(len(into))
        into[: len(found)] = found
        return len(found)

    def close(self) -> None:
        """Close the file too."""
        self._stream.close()
        super().close()


def _by_arrow(codec: Literal["zstd", "lz4"]) -> Callable[[Path], IO[bytes]]:
    return lambda path: io.BufferedReader(_ArrowStream(path, codec), 1 << 20)


_UNPACK: Final[dict[bytes, Callable[[Path], IO[bytes]]]] = {
    b"\x1f\x8b": lambda path: cast("IO[bytes]", gzip.GzipFile(path)),
    b"BZh": lambda path: cast("IO[bytes]", bz2.BZ2File(path)),
    b"\xfd7zXZ\x00": lambda path: cast("IO[bytes]", lzma.LZMAFile(path)),  # noqa: SIM115  (the caller has one)
    b"\x28\xb5\x2f\xfd": _by_arrow("zstd"),
    b"\x04\x22\x4d\x18": _by_arrow("lz4"),
}
"""How a packed file begins → what unpacks it."""


def magic(path: Path) -> bytes:
    """The first bytes. Raises `InputError` when it is no file, cannot be read or is empty."""
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise InputError(f"{path} is a directory; give the files in it, as {path}/*")
        if not stat.S_ISREG(kind):
            # Opening a pipe would wait for somebody to write, and a file is read more than once.
            raise InputError(f"{path} is a pipe or a device; write what comes from it to a file, and give that")
        with path.open("rb") as file:
            first = file.read(_MAGIC_BYTES)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    if not first:
        raise InputError(f"{path} is empty")
    for begin, told in _CANNOT.items():
        if first.startswith(begin):
            raise InputError(f"{path} is {told}, which cannot be read; unpack it, and give what is in it")
    return first


@contextmanager
def unpacked(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of the file. Reading them to the end shows that it is whole; raises `InputError` where it is not."""
    first = magic(path)
    unpack = next((one for begin, one in _UNPACK.items() if first.startswith(begin)), None)
    try:
        if unpack is not None:
            with unpack(path) as file:
                yield file
        elif first.startswith(_ZIP):
            with zipfile.ZipFile(path) as archive, _opened(path, archive, _only_member(path, archive)) as file:
                yield file
        else:
            with path.open("rb") as file:
                yield file
    except EOFError as error:
        raise InputError(f"{path} is cut short; fetch it again") from error
    except _DAMAGED as error:
        raise InputError(f"{path} is damaged ({error}); fetch it again") from error
    except (OSError, pa.ArrowException) as error:
        told = getattr(error, "strerror", None) or str(error)
        if unpack is not None:
            raise InputError(f"{path} is damaged ({told}); fetch it again") from error
        raise InputError(f"{path}: {told}") from error


def _only_member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The file in a zip, but for what macOS puts beside it."""
    members = [member for member in archive.infolist() if not member.is_dir() and not _is_beside(member.filename)]
    if len(members) != 1:
        names = ", ".join(member.filename for member in members[:_SHOWN])
        told = f" ({names}{', …' if len(members) > _SHOWN else ''})" if members else ""
        raise InputError(f"{path} holds {len(members)} files{told}; a zip must hold one: unpack it, and give them")
    return members[0]


def _is_beside(name: str) -> bool:
    return name.startswith("__MACOSX/") or Path(name).name.startswith("._") or Path(name).name == ".DS_Store"


def _opened(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> IO[bytes]:
    if member.flag_bits & _IS_LOCKED:
        raise InputError(f"{path} is locked by a password; unpack it, and give what was in it")
    try:
        return archive.open(member)
    except NotImplementedError as error:
        method = _METHODS.get(member.compress_type, f"method {member.compress_type}")
        raise InputError(
            f"{path} is packed by {method}, which cannot be read; unpack it, and give what was in it"
        ) from error
