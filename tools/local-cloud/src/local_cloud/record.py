"""Which process is this cloud: written when it starts, checked whenever it is asked for."""

from pathlib import Path

import msgspec
import psutil

from coattail_harness.left_behind import living

from .settings import Kind


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """`started_at` (epoch seconds) is the process's own: a later process with the same pid has another.

    For `Kind.DOCKER` there is no pid of ours: `pid` is 0 and the container's name is fixed.
    """

    kind: Kind
    port: int
    pid: int = 0
    started_at: float = 0.0

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def write_record(path: Path, record: Record) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_bytes(msgspec.json.encode(record))
    draft.replace(path)


def read_record(path: Path) -> Record | None:
    """None where there is no record, or one that a crash left broken."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Record)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def process_of(record: Record) -> psutil.Process | None:
    """The living process of the record; None when it has ended, even where its pid is somebody else's now."""
    return living(record.pid, record.started_at)
