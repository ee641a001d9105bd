"""Parts → a line a row, as SQL reads it: for what is rare, refused lines and repeats that contradict each other."""

from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from coattail_common import lake
from coattail_common.contracts import Trade
from coattail_decoder.rows import spelled_by_row, trade_of, values_of
from stream_detectors import parts, records, tasks
from stream_detectors.source.records import utc

_TYPES: Final[dict[str, pa.DataType]] = {"string": pa.string(), "bigint": pa.int64(), "int": pa.int32()}
_POSITION: Final[dict[str, pa.DataType]] = {
    "shard_id": pa.string(),
    "sequence_number": pa.string(),
    "arrived_at": pa.timestamp("us", "UTC"),
    "line_number": pa.int32(),
}
_BINARY: Final[pa.DataType] = pa.binary()
_BYTES: Final = ("line", records.SPELLING)
"""Lines may be no UTF-8, which Arrow's text must be: they travel as bytes."""
_ARROW: Final = pa.schema(
    _POSITION
    | {column.name: _TYPES[column.type] for column in lake.wire_columns(Trade)}
    | {records.VERDICT: _TYPES["string"]}
    | dict.fromkeys(_BYTES, _BINARY)
)
_DDL: Final = ", ".join(
    [
        "shard_id string, sequence_number string, arrived_at timestamp, line_number int",
        lake.wire_ddl(Trade),
        f"{records.VERDICT} string",
        *(f"{name} binary" for name in _BYTES),
    ]
)


def lines(frame: DataFrame) -> DataFrame:
    """Return the lines of a frame of parts: their positions, the trade's fields as on the wire, `verdict`, `line` of a refused
    line, and `spelling` where a valid
    one is not what its fields make."""
    found = tasks.run(frame.where(f"{parts.KIND} != '{parts.LOOK}'"), _unpack, _DDL)
    return found.withColumns({name: F.col(name).cast("string") for name in _BYTES})


def _unpack(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    for batch in batches:
        for kind, part in zip(values_of(batch[parts.KIND]), values_of(batch[parts.PART]), strict=True):
            rows = list(_valid(part) if kind == parts.ROWS else _refused(part))
            yield pa.Table.from_pylist(rows, _ARROW)


def _valid(part: bytes) -> Iterator[dict[str, Any]]:
    found = parts.rows_of(part)
    spelled = spelled_by_row(found.spelled)
    for number, row in enumerate(found.rows.to_pylist()):
        trade = trade_of(found.markets[row["market"]], row)
        record = row["record"]
        yield {
            **_position(
                found.records.shards[record],
                found.records.sequence_numbers[record],
                found.records.arrived_at[record],
                row["line"],
            ),
            **{name: getattr(trade, name) for name in records.TRADE_FIELDS},
            records.SPELLING: spelled.get(number),
        }


def _refused(part: bytes) -> Iterator[dict[str, Any]]:
    for one in parts.refused_of(part):
        yield {
            **_position(one.shard_id, one.sequence_number, one.arrived_at, one.line_number),
            records.VERDICT: one.verdict,
            "line": one.line,
        }


def _position(shard_id: str, sequence_number: str, arrived_at: int, line_number: int) -> dict[str, Any]:
    return {
        "shard_id": shard_id,
        "sequence_number": sequence_number,
        "arrived_at": utc(arrived_at),
        "line_number": line_number,
    }
