"""A file's bytes, unpacked: plain, gzip, or a zip with one file in it. A damaged file is told of by its name."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast

from coattail_replay.errors import InputError

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK"
PARQUET: Final = b"PAR1"
_DAMAGED: Final = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile)


def magic(path: Path) -> bytes:
    """The first four bytes. Raises `InputError` when it is no file, cannot be read or is empty."""
    if path.is_dir():
        raise InputError(f"{path} is a directory; give the files in it, as {path}/*")
    try:
        with path.open("rb") as file:
            first = file.read(4)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    if not first:
        raise InputError(f"{path} is empty")
    return first


@contextmanager
def unpacked(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of the file. Reading them to the end shows that it is whole; raises `InputError` where it is not."""
    first = magic(path)
    try:
        if first.startswith(_GZIP):
            with gzip.open(path) as file:
                yield cast("IO[bytes]", file)
        elif first.startswith(_ZIP):
            with zipfile.ZipFile(path) as archive, archive.open(_only_member(path, archive)) as file:
                yield file
        else:
            with path.open("rb") as file:
                yield file
    except EOFError as error:
        raise InputError(f"{path} is cut short; fetch it again") from error
    except _DAMAGED as error:
        raise InputError(f"{path} is damaged ({error}); fetch it again") from error
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


def _only_member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) != 1:
        raise InputError(f"{path} holds {len(members)} files; a zip must hold one")
    return members[0]
