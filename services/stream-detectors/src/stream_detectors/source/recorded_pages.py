"""Records read before, in place of a stream: the seam by which benchmarks and tests feed the application without Kinesis."""

import time
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from coattail_decoder.rows import values_of
from stream_detectors.source.pages import Page
from stream_detectors.source.positions import Shard
from stream_detectors.source.records import StreamRecord, utc

_FILES_KEPT: Final = 4


class RecordedPages:
    """See `Pages`. A folder of Parquet files with the columns of the source's schema, in the order of their names: a file holds a page
    of each shard. A place is a file's number and the last sequence number before it. No shard is ever closed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._kept: OrderedDict[Path, Mapping[str, Sequence[StreamRecord]]] = OrderedDict()

    def shards(self) -> list[Shard]:
        """See `Pages.shards`."""
        columns = (pq.read_table(path, columns=["shard_id"])["shard_id"] for path in self._files())
        return [Shard(name) for name in sorted({name for column in columns for name in values_of(column.unique())})]

    def after(self, shard_id: str, sequence_number: str | None) -> str:  # noqa: ARG002  (the seam's)
        """See `Pages.after`."""
        return f"0/{sequence_number or -1}"

    def page(self, shard_id: str, place: str) -> Page:
        """See `Pages.page`."""
        number, _, last = place.partition("/")
        asked_at = time.time_ns() // 1000
        files = self._files()
        if int(number) >= len(files):
            return Page((), place, is_tip=True, asked_at=asked_at)
        found = [
            one for one in self._read(files[int(number)]).get(shard_id, ()) if int(one.sequence_number) > int(last)
        ]
        return Page(found, f"{int(number) + 1}/{last}", is_tip=False, asked_at=asked_at)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.parquet"))

    def _read(self, path: Path) -> Mapping[str, Sequence[StreamRecord]]:
        with self._lock:
            if path not in self._kept:
                found: defaultdict[str, list[StreamRecord]] = defaultdict(list)
                table = pq.read_table(path)
                # As numbers: for each time, pyarrow would look for pytz, which takes longer than all of the rest.
                moments = values_of(table["arrived_at"].cast(pa.int64()))
                rows = table.drop_columns(["arrived_at"]).to_pylist()
                for row, moment in zip(rows, moments, strict=True):
                    found[row["shard_id"]].append(StreamRecord(**row, arrived_at=utc(moment)))
                self._kept[path] = found
                while len(self._kept) > _FILES_KEPT:
                    self._kept.popitem(last=False)
            return self._kept[path]
