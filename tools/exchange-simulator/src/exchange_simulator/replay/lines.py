"""Recordings as files: lines of ``<receive ns> <json>`` (hftbacktest) or ``<receive s>: <json>`` (cryptofeed)."""

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from exchange_simulator.errors import UsageError

_LINE = re.compile(rb"(?P<stamp>\d+)(?P<fraction>\.\d+)?(?P<colon>:)? (?P<frame>\{.*\})\s*")
_GZIP_MAGIC = b"\x1f\x8b"


class Line(msgspec.Struct, frozen=True, gc=False):
    """A recorded frame: its place in the file, when it was received (UTC µs), and its bytes as they came."""

    number: int
    received_us: int
    frame: bytes


def read_lines(path: Path) -> Iterator[Line]:
    """The frames of a recording, in the order of the file. Notes about the connection (``wss://…``) are left out.

    Raises:
        UsageError: the file is missing, cut short, or not a recording.
    """
    number = 0
    try:
        with path.open("rb") as file:
            is_gzip = file.read(2) == _GZIP_MAGIC
            file.seek(0)
            for number, line in enumerate(gzip.open(file) if is_gzip else file, 1):  # noqa: SIM115 (named in errors)
                if line.startswith(b"wss://") or line.isspace():
                    continue
                yield _parse(path, number, line)
    except EOFError as error:
        raise UsageError(f"recording {path} is cut short after line {number}; fetch it again") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise UsageError(f"recording {path} is damaged after line {number} ({error}); fetch it again") from error
    except OSError as error:
        raise UsageError(f"recording {path}: {error.strerror or error}; give the path of a recording") from error


def _parse(path: Path, number: int, line: bytes) -> Line:
    found = _LINE.fullmatch(line)
    if found is None:
        raise UsageError(
            f"recording {path}, line {number}: expected `<receive ns> {{json}}` or `<receive s>: {{json}}`,"
            f" got {line[:60]!r}"
        )
    stamp = int(found["stamp"])
    if not found["colon"]:
        return Line(number, stamp // 1000, found["frame"])
    fraction_us = round(float(found["fraction"] or b"0") * 1e6)
    return Line(number, stamp * 1_000_000 + fraction_us, found["frame"])
