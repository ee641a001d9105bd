"""Landing tasks: the parts of several batches → the files of `raw_trades`, a bucket of markets at a time. Runs on the executors."""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from coattail_common.ids import Market, Ranges
from coattail_decoder.rows import values_of
from coattail_decoder.typed import lake_rows, once, together
from stream_detectors import parts, tasks
from stream_detectors.writing import files
from stream_detectors.writing.target import Target, WrittenFile

_DDL: Final = "bucket int, rows bigint, written binary"
_TYPES: Final[dict[str, pa.DataType]] = {"bucket": pa.int32(), "rows": pa.int64(), "written": pa.binary()}
_ARROW: Final = pa.schema(_TYPES)


class Landed(msgspec.Struct, frozen=True):
    """The files of a landing, and how many valid trades, repeats counted, its tasks had in hand."""

    files: tuple[WrittenFile, ...]
    trades: int


def write(
    batches: DataFrame, landed: Mapping[Market, Ranges], target: Target, folder: str, tasks_at_once: int
) -> Landed:
    """Write the trades of the batches that are not among `landed`, each once, by market and id, below `folder` of the table's data.

    The files are in no table yet. Raises `UnwritableTableError` as a failed Spark job does.
    """
    rows = batches.where(F.col(parts.KIND) == parts.ROWS).select(parts.BUCKET, parts.PART)
    found = tasks.run(
        rows.repartition(tasks_at_once, parts.BUCKET).sortWithinPartitions(parts.BUCKET),
        _writer(dict(landed), target, folder),
        _DDL,
    ).toArrow()
    return Landed(
        tuple(one for written in values_of(found["written"]) for one in _FILES.decode(written)),
        sum(values_of(found["rows"])),
    )


_FILES: Final = msgspec.msgpack.Decoder(list[WrittenFile])


def _writer(landed: dict[Market, Ranges], target: Target, folder: str) -> tasks.Task:
    def write_part(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
        # Its cores belong to Spark's tasks.
        pa.set_cpu_count(1)
        for bucket, blobs in _by_bucket(batches):
            names, rows = together([parts.rows_of(one).part for one in blobs])
            fresh = once(names, rows, landed)
            written = files.write(lake_rows(names, fresh), target, folder, f"{bucket:03d}")
            yield pa.Table.from_pylist(
                [{"bucket": bucket, "rows": rows.num_rows, "written": msgspec.msgpack.encode(written)}], _ARROW
            )

    return write_part


def _by_bucket(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[int, list[bytes]]]:
    """The parts of each bucket, which come one after the other."""
    found: list[bytes] = []
    current: int | None = None
    for batch in batches:
        for bucket, part in zip(values_of(batch[parts.BUCKET]), values_of(batch[parts.PART]), strict=True):
            if current is not None and bucket != current:
                yield current, found
                found = []
            current = bucket
            found.append(part)
    if current is not None:
        yield current, found
