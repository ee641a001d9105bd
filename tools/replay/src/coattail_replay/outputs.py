"""What a replay leaves behind: written where it is made, and put in place, whole, when everything has succeeded."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from coattail_common.arrow import arrow_rows
from coattail_common.contracts import Alert
from coattail_common.tables import Table
from coattail_replay.errors import InputError

MARK: Final = ".coattail-replay"
"""A file in a folder that says that a replay made it, and may make it again."""
DATABASE: Final = "coattail"
"""Of the warehouse."""
_ROWS_A_BATCH: Final = 10_000


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything goes. `work` is for what passes; `report` is written only when asked for."""

    warehouse: Path
    work: Path
    alerts: Path
    tables: Path
    plots: Path
    report: Path | None

    @property
    def kept(self) -> dict[str, Path]:
        """What is there afterwards, by its name."""
        found = {"alerts": self.alerts, "tables": self.tables, "plots": self.plots, "warehouse": self.warehouse}
        return found | ({} if self.report is None else {"report": self.report})

    def check(self, files: Sequence[Path]) -> None:
        """Raises `InputError` when a place is taken by something that no replay has made, by one of the `files`, or cannot be written."""
        for folder in (self.warehouse, self.tables, self.plots):
            if folder.exists() and not folder.is_dir():
                raise InputError(f"{folder} is no folder")
            if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).exists():
                raise InputError(f"{folder} holds what no replay has made; name a new folder, or empty it")
        for file in (self.alerts, self.report):
            if file is not None and file.is_dir():
                raise InputError(f"{file} is a directory; name a file")
        self._check_apart(files)
        for name, place in self.kept.items():
            _try_to_write(place, name)

    def _check_apart(self, files: Sequence[Path]) -> None:
        """No place is another one or within it, or one of the files, or holds one."""
        told = [(place.resolve(), f"--{name}") for name, place in self.kept.items()]
        taken = [*told, *((path.resolve(), str(path)) for path in files)]
        for place, name in told:
            for other, of_other in taken:
                if name != of_other and other.is_relative_to(place):
                    raise InputError(f"{name} {place} would replace {of_other}; name another place")


def _try_to_write(place: Path, name: str) -> None:
    """Permissions do not tell all: a file system may be read-only, or no real one."""
    above = next(folder for folder in place.parents if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=above):
            pass
    except OSError as error:
        raise InputError(f"{place} cannot be written ({error.strerror}); name another place by --{name}") from error


class TableFile:
    """The rows of a module's table as they come, a Parquet file."""

    def __init__(self, table: Table, folder: Path) -> None:
        self.table = table
        self.path = folder / f"{table.name}.parquet"
        self.rows = 0
        self._waiting: list[msgspec.Struct] = []
        self._writer: pq.ParquetWriter | None = None

    def add(self, row: msgspec.Struct) -> None:
        """Take a row; `close` makes sure that it is written."""
        self._waiting.append(row)
        self.rows += 1
        if len(self._waiting) >= _ROWS_A_BATCH:
            self._flush()

    def close(self) -> None:
        """Write what waits, and the end of the file. Without a row there is no file."""
        self._flush()
        if self._writer is not None:
            self._writer.close()

    def _flush(self) -> None:
        if not self._waiting:
            return
        batch: pa.Table = arrow_rows(self._waiting)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, batch.schema, compression="zstd")
        self._writer.write_table(batch)
        self._waiting = []


def write_alerts(alerts: Sequence[Alert], path: Path) -> None:
    """One JSON object a line, by event time and id."""
    encode = msgspec.json.Encoder().encode
    with path.open("wb") as file:
        for alert in sorted(alerts, key=lambda one: (one.event_time, one.alert_id)):
            file.write(encode(alert) + b"\n")


def place_file(made: Path, target: Path) -> None:
    """Put a file in place, whole or not at all, whatever file system it is on."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    shutil.copyfile(made, part)
    part.replace(target)


def place_folder(made: Path, target: Path) -> None:
    """Put a folder in place of what an earlier replay made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part, old = (target.with_name(f"{target.name}.{kind}") for kind in ("part", "old"))
    for leftover in (part, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(made, part)
    (part / MARK).touch()
    if target.exists():
        target.rename(old)
    part.rename(target)
    shutil.rmtree(old, ignore_errors=True)
