"""Records read before, in place of a stream: the seam by which benchmarks and tests feed the application without Kinesis."""

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from stream_detectors.source.positions import Positions
from stream_detectors.source.records import StreamRecord


class RecordedReader:
    """A `RecordReader` of a folder of Parquet files with the columns of the source's schema, in the order of their names."""

    def __init__(self, folder: Path, positions: Positions) -> None:
        self._records = _after(positions, _read(folder))
        self._pending: deque[StreamRecord] = deque()

    def take(self, limit: int) -> Sequence[StreamRecord]:
        """See `RecordReader.take`."""
        taken: list[StreamRecord] = []
        size = 0
        while (record := self._next()) is not None:
            if taken and size + len(record.data) > limit:
                self._pending.appendleft(record)
                break
            size += len(record.data)
            taken.append(record)
        return taken

    def close(self) -> None:
        """Nothing is held."""

    def _next(self) -> StreamRecord | None:
        return self._pending.popleft() if self._pending else next(self._records, None)


def _read(folder: Path) -> Iterator[StreamRecord]:
    for path in sorted(folder.glob("*.parquet")):
        for row in pq.read_table(path).to_pylist():
            yield StreamRecord(
                row["data"], row["partition_key"], row["sequence_number"], row["shard_id"], row["arrived_at"]
            )


def _after(positions: Positions, records: Iterator[StreamRecord]) -> Iterator[StreamRecord]:
    return (record for record in records if int(record.sequence_number) > int(positions.get(record.shard_id, "-1")))
