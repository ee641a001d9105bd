"""Running a Python function over the rows of a frame where they are, Arrow in and Arrow out.

By an Arrow UDTF: `mapInArrow` does the same, and asks for pandas (pyspark 4.1.3), which nothing here needs.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.functions import arrow_udtf

type Task = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.Table]]
"""What a task makes of all batches of its partition. It is pickled, and so is what it closes over."""


def run(frame: DataFrame, task: Task, schema: str) -> DataFrame:
    """Return what the task makes of each partition of the frame, with the columns of `schema` (DDL)."""

    class Run:
        def __init__(self) -> None:
            self._batches: list[pa.RecordBatch] = []

        def eval(self, batch: pa.RecordBatch) -> Iterator[pa.Table]:
            self._batches.append(batch)
            yield from ()

        def terminate(self) -> Iterator[pa.Table]:
            # A partition without rows comes to no task.
            yield from task(iter(self._batches))

    # Its types know no class, which is what it decorates.
    make: Any = arrow_udtf(returnType=schema)
    udtf: Any = make(Run)
    found: DataFrame = udtf(frame.asTable())
    return found
