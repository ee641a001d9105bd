"""One life of the application in a process of its own, which may kill itself before a commit.

It is started by `python -m coattail_chaos.tables.life TASK`.
"""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec
from pyspark.sql import DataFrame, SparkSession

from coattail_chaos import contents, spark
from coattail_chaos.contents import Contents
from coattail_chaos.tables.maintenance import Tables
from coattail_chaos.tables.plan import PARTS_A_LANDING, Step
from coattail_chaos.tables.stream import parts
from coattail_runtime.bus.bridge import NoBus
from coattail_testkit.life import Life
from stream_detectors.lakehouse import Lakehouse, Table
from stream_detectors.writing.commit import OpenTable
from stream_detectors.writing.target import Files


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """The task of a life. `began`: its clock when it starts (UTC, µs). `back_seconds`: see `Tables`. `reads`: it reports the contents
    of the tables in the end.
    """

    warehouse: str
    seals: str
    database: str
    step: Step
    began: int
    back_seconds: float
    reads: bool = False


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last line of a life. `changed`: its change was made. `died_before` names the commit before which it killed itself."""

    changed: bool = False
    died_before: str | None = None
    contents: Contents | None = None

    def say(self) -> None:
        """Say it now: a process that is killed flushes nothing."""
        sys.stdout.buffer.write(msgspec.json.encode(self) + b"\n")
        sys.stdout.buffer.flush()


class DyingLakehouse(Lakehouse):
    """Kills its process (SIGKILL) before the `dies_before`th commit, from 1 on; 0: never."""

    def __init__(self, spark: SparkSession, database: str, dies_before: int) -> None:
        super().__init__(spark, database)
        self.changed = False
        self._left = dies_before

    def append(self, table: Table, frame: DataFrame, properties: Mapping[str, str]) -> None:
        """See `Lakehouse.append`."""
        self._commit(table.name)
        super().append(table, frame, properties)

    def append_files(self, table: Table, opened: OpenTable, written: Files, properties: Mapping[str, str]) -> None:
        """See `Lakehouse.append_files`."""
        self._commit(table.name)
        super().append_files(table, opened, written, properties)

    def tag(self, table: Table, tag: str, key: str, value: str) -> None:
        """See `Lakehouse.tag`."""
        self._commit("tag")
        super().tag(table, tag, key, value)

    def _commit(self, name: str) -> None:
        self._left -= 1
        if not self._left:
            Told(changed=self.changed, died_before=name).say()
            os.kill(os.getpid(), signal.SIGKILL)


def main(task: Task) -> None:
    """Change the tables and live, in the order of the step."""
    session = spark.started(Path(task.warehouse))
    step = task.step
    lakehouse = DyingLakehouse(session, task.database, step.dies_before)
    tables = Tables(session, Path(task.warehouse), task.database, task.back_seconds)
    if step.change is not None and not step.midway:
        lakehouse.changed = tables.make(step.change)
    life = Life(lakehouse, Path(task.seals), NoBus(), began=task.began)
    life.read(parts(step.until - PARTS_A_LANDING))
    life.pipeline.land()
    if step.change is not None and step.midway:
        lakehouse.changed = tables.make(step.change)
    life.read(parts(step.until))
    life.pipeline.land()
    life.outbox.close(1)
    held = contents.read(session, task.database) if task.reads else None
    Told(changed=lakehouse.changed, contents=held).say()
    session.stop()


if __name__ == "__main__":
    main(msgspec.json.decode(sys.argv[1], type=Task))
