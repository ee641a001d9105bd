"""Trades of one market after the other → files of `raw_trades`, and what was refused → `dq_rejects`."""

from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from itertools import batched
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import pyarrow as pa

from coattail_common.contracts import SCHEMA_VERSION, Origin
from coattail_common.ids import Market
from coattail_replay.arrow.compute import arrow
from coattail_replay.arrow.compute import compute as pc
from coattail_replay.arrow.trades import NO_SIDE, SIDES, column, keep
from coattail_replay.arrow.warehouse import MICROS_A_DAY, FolderTable, Partition, PartitionFile

_OPEN: Final = 16
"""Files of a market that are open side by side: a day each, and a trade may say that it is of another day than its neighbours."""
_REJECTS_A_BATCH: Final = 10_000
_REJECTS: Final[pa.Schema] = arrow.schema(
    [("source", pa.int32()), ("row", pa.int64()), ("rule", pa.string()), ("line", pa.binary())]
)
_TIME: Final = pa.timestamp("us", "UTC")


class PartitionFiles:
    """The files that the rows of a market go to, by day. Of many only the last used are open; a partition may have more files."""

    def __init__(self, table: FolderTable) -> None:
        self._table = table
        self._open: OrderedDict[Partition, PartitionFile] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def write(self, partition: Partition, rows: pa.Table) -> None:
        """Add rows to the partition."""
        file = self._open.pop(partition, None)
        if file is None:
            if len(self._open) >= _OPEN:
                self._open.popitem(last=False)[1].close()
            file = self._table.open(partition)
        self._open[partition] = file
        file.write(rows)


def write_trades(files: PartitionFiles, schema: pa.Schema, rows: pa.Table, market: Market) -> None:
    """Write rows of one market, whose keys are their ids, into files of a table of trades; `schema` is the table's."""
    table = _as_table(rows, market, schema)
    times = column(rows, "timestamp")
    first, last = int(times.min()) // MICROS_A_DAY, int(times.max()) // MICROS_A_DAY
    if first == last:
        files.write((first, market.symbol), table)
        return
    days = times // MICROS_A_DAY
    for day in np.unique(days).tolist():
        files.write((day, market.symbol), keep(table, days == day))


def _as_table(rows: pa.Table, market: Market, schema: pa.Schema) -> pa.Table:
    """The rows in the columns of the table; what all of them share is a dictionary of one word."""
    base, _, quote = market.symbol.partition("-")
    ids = rows["key"]
    shared: dict[str, object] = {
        "exchange": market.exchange,
        "symbol": market.symbol,
        "base": base,
        "quote": quote,
        "origin": Origin.BACKFILL.value,
    }
    event_id = pc.binary_join_element_wise(f"{market.exchange}:{market.symbol}", pc.cast(ids, pa.string()), ":")
    made: dict[str, Any] = {
        "event_id": event_id,
        "trade_id": ids,
        "timestamp": pc.cast(rows["timestamp"], _TIME),
        "ingestion_timestamp": pc.cast(rows["ingestion_timestamp"], _TIME),
        "schema_version": pa.repeat(pa.scalar(SCHEMA_VERSION, pa.int32()), len(rows)),
    }
    if "side" in schema.names:
        made["side"] = arrow.DictionaryArray.from_arrays(rows["side"].combine_chunks(), [side.value for side in SIDES])
    none = pa.array(np.zeros(len(rows), np.int8))
    made |= {name: arrow.DictionaryArray.from_arrays(none, [word]) for name, word in shared.items()}
    columns = [made[name] if name in made else rows[name] for name in schema.names]
    fields = [field.with_type(one.type) for field, one in zip(schema, columns, strict=True)]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def split_by_side(rows: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the rows with a side, and those without."""
    has_side = column(rows, "side") != NO_SIDE
    if has_side.all():
        return rows, rows.slice(0, 0)
    return keep(rows, has_side), keep(rows, ~has_side)


class Rejects:
    """The refused rows, on disk until they land, and how many each rule refused. Threads may not share it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = pa.OSFile(str(path), "wb")
        self._writer = pa.ipc.new_file(self._file, _REJECTS)
        self.counts: Counter[str] = Counter()

    def add(self, refused: Sequence[tuple[int, int, str, bytes]]) -> None:
        """Take rows: the number of the source, the row, the rule and the line of each."""
        for part in batched(refused, _REJECTS_A_BATCH, strict=False):
            columns = [
                pa.array(values, field.type) for values, field in zip(zip(*part, strict=True), _REJECTS, strict=True)
            ]
            self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=_REJECTS))
        self.counts.update(rule for _, _, rule, _ in refused)

    def close(self) -> None:
        """End the file. Closing twice does nothing more."""
        if not self._file.closed:
            self._writer.close()
            self._file.close()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows, after the last was added."""
        self.close()
        with pa.memory_map(str(self._path)) as content:
            reader = pa.ipc.open_file(content)
            for place in range(reader.num_record_batches):
                yield reader.get_batch(place)

    def land(self, table: FolderTable, files: Mapping[int, str], now: int) -> None:
        """Write all into `dq_rejects`, as refused `now` (UTC, µs); `files` are the sources' names by their numbers."""
        with PartitionFiles(table) as parts:
            for batch in self.batches():
                rows = _as_rejects(batch, files, now, table.schema)
                for reason in pc.unique(rows["reason"]).to_pylist():
                    here = rows.filter(pc.equal(rows["reason"], reason))
                    parts.write((now // MICROS_A_DAY, reason), here)
        table.commit()


def _as_rejects(rows: pa.RecordBatch, files: Mapping[int, str], now: int, schema: pa.Schema) -> pa.Table:
    """The refused rows: the file stands for the shard, the row for the sequence number."""
    moment = pa.repeat(pa.scalar(now, _TIME), len(rows))
    rules = [str(rule) for rule in rows["rule"].to_pylist()]
    made: dict[str, Any] = {
        "rejected_at": moment,
        "reason": pa.array([rule.partition(".")[0] for rule in rules], pa.string()),
        "rule": rows["rule"],
        "line": rows["line"],
        "shard_id": pa.array([files[int(str(source))] for source in rows["source"].to_pylist()], pa.string()),
        "sequence_number": pc.cast(rows["row"], pa.string()),
        "line_number": pa.repeat(pa.scalar(0, pa.int32()), len(rows)),
        "arrived_at": moment,
    }
    return pa.Table.from_arrays([made[name] for name in schema.names], schema=schema)
