"""Which process is the broker of a folder: written when it starts, read by those who end it."""

from pathlib import Path

import msgspec
import psutil

from coattail_harness.left_behind import living
from coattail_harness.ports import HOST


class BrokerRecord(msgspec.Struct, frozen=True):
    """The process and its ports. `started_at` (epoch seconds) is the process's own: a later one with the same pid has another."""

    pid: int
    started_at: float
    port: int
    controller_port: int

    @property
    def bootstrap(self) -> str:
        """Where clients connect: `host:port`."""
        return f"{HOST}:{self.port}"


def write_record(folder: Path, record: BrokerRecord) -> None:
    """Keep the record in the broker's folder."""
    draft = _path(folder).with_suffix(".part")
    draft.write_bytes(msgspec.json.encode(record))
    draft.replace(_path(folder))


def read_record(folder: Path) -> BrokerRecord | None:
    """Return the record of a folder; None where no broker was started, or a crash left it broken."""
    try:
        return msgspec.json.decode(_path(folder).read_bytes(), type=BrokerRecord)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def process_of(folder: Path) -> psutil.Process | None:
    """Return the living broker of a folder; None when there is none."""
    record = read_record(folder)
    return living(record.pid, record.started_at) if record else None


def _path(folder: Path) -> Path:
    return folder / "broker.json"
