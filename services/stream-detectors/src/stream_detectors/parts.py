"""What a task makes of the records that it has: a batch's *parts*, rows of a frame that stay where they were made.

A part is a `look` (what the driver needs to know, a few KB), `rows` (packed typed trades of one bucket of markets), or `refused`
(lines that are no
valid trade). Rows travel as Arrow's own format behind a head that says which markets and records their numbers mean.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final
from zlib import crc32

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from coattail_decoder.decoder import Decoder, decoder
from coattail_decoder.look import Look, MarketName
from coattail_decoder.rows import Decoded, Spelled, values_of
from coattail_decoder.typed import Part
from coattail_detectors.kernel.observed import Wanted
from stream_detectors.source.records import StreamRecord
from stream_detectors.source.shard_plan import ReadTo

KIND: Final = "kind"
BUCKET: Final = "bucket"
PART: Final = "part"
LOOK: Final = "look"
ROWS: Final = "rows"
REFUSED: Final = "refused"
SCHEMA: Final = f"{KIND} string, {BUCKET} int, {PART} binary"
_TYPES: Final[dict[str, pa.DataType]] = {KIND: pa.string(), BUCKET: pa.int32(), PART: pa.binary()}
_ARROW: Final = pa.schema(_TYPES)
BUCKETS: Final = 32
"""Buckets of markets, by which landing tasks share the work. A market is in one of them for ever."""
_MOST_ROWS: Final = 6_000
"""In one part, which is half a megabyte then: an array of more than half a region of the JVM's heap is humongous to its collector."""


class Wishes(msgspec.Struct, frozen=True):
    """What a task looks for, in a form that travels as text. See `coattail_decoder.decoder.Decoder`."""

    bar: int | None = None
    floor: float | None = None
    rates: tuple[tuple[str, float], ...] = ()

    @classmethod
    def of(cls, wanted: Wanted) -> "Wishes":
        """What the detectors want to see."""
        rates = tuple(sorted((quote, float(rate)) for quote, rate in wanted.rates.items()))
        return cls(wanted.bar, None if wanted.floor is None else float(wanted.floor), rates)


class Records(msgspec.Struct, frozen=True, array_like=True):
    """The records that rows say their numbers of: shard, sequence number and arrival (UTC, µs) of each."""

    shards: list[str]
    sequence_numbers: list[str]
    arrived_at: list[int]


class TaskLook(msgspec.Struct, frozen=True):
    """What one task says: the look of its records, and how far it read each shard."""

    look: Look
    reads: tuple[ReadTo, ...] = ()


class RowsPart(msgspec.Struct, frozen=True):
    """Rows with all that their numbers mean."""

    markets: list[MarketName]
    records: Records
    spelled: list[Spelled]
    rows: pa.RecordBatch

    @property
    def part(self) -> Part:
        """The rows and their markets."""
        return Part(self.markets, self.rows)


class RefusedLine(msgspec.Struct, frozen=True, array_like=True):
    """A line that is no valid trade, with its position."""

    shard_id: str
    sequence_number: str
    arrived_at: int
    line_number: int
    verdict: str
    line: bytes


class _Head(msgspec.Struct, frozen=True, array_like=True):
    markets: list[MarketName]
    records: Records
    spelled: list[Spelled]


@cache
def decoder_of(wishes: Wishes) -> Decoder:
    """The decoder of this process: it knows the markets that it has met."""
    return decoder(bar=wishes.bar, floor=wishes.floor, rates=dict(wishes.rates))


def parts_of(records: Sequence[StreamRecord], reads: Sequence[ReadTo], wishes: Wishes) -> pa.RecordBatch:
    """Return the parts that a task makes of its records, which are in the order of each shard."""
    head = Records(
        [one.shard_id for one in records],
        [one.sequence_number for one in records],
        [one.arrived_micros for one in records],
    )
    decoded = decoder_of(wishes).decode([one.data for one in records], head.shards, head.arrived_at)
    kinds: list[str] = [LOOK]
    buckets: list[int] = [0]
    found: list[bytes] = [msgspec.msgpack.encode(TaskLook(decoded.look, tuple(reads)))]
    for bucket, part in _rows_parts(decoded, head):
        kinds.append(ROWS)
        buckets.append(bucket)
        found.append(part)
    if decoded.refused:
        kinds.append(REFUSED)
        buckets.append(0)
        lines = [
            RefusedLine(
                head.shards[one.record],
                head.sequence_numbers[one.record],
                head.arrived_at[one.record],
                one.line_number,
                one.rule,
                one.line,
            )
            for one in decoded.refused
        ]
        found.append(msgspec.msgpack.encode(lines))
    columns: Sequence[Any] = (kinds, buckets, found)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, _ARROW, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=_ARROW)


def reads_of(records: Iterable[StreamRecord]) -> list[ReadTo]:
    """How far each shard was read, by the records alone."""
    last = {one.shard_id: one.sequence_number for one in records}
    return [ReadTo(shard_id, number, None) for shard_id, number in last.items()]


def look_of(part: bytes) -> TaskLook:
    """Read a `look`."""
    return msgspec.msgpack.decode(part, type=TaskLook)


def rows_of(part: bytes) -> RowsPart:
    """Read `rows`."""
    size = int.from_bytes(part[:4], "little")
    head = msgspec.msgpack.decode(part[4 : 4 + size], type=_Head)
    batch = pa.ipc.open_stream(pa.py_buffer(part)[4 + size :]).read_next_batch()
    return RowsPart(head.markets, head.records, head.spelled, batch)


def refused_of(part: bytes) -> list[RefusedLine]:
    """Read `refused`."""
    return msgspec.msgpack.decode(part, type=list[RefusedLine])


def bucket_of(market: MarketName) -> int:
    """The bucket of a market: the same in every process and for ever."""
    return crc32(f"{market.exchange}:{market.symbol}".encode()) % BUCKETS


def _rows_parts(decoded: Decoded, records: Records) -> Iterator[tuple[int, bytes]]:
    """The rows by bucket, in their order."""
    markets = decoded.look.markets
    buckets = [bucket_of(market) for market in markets]
    spelled = {one.row: one.line for one in decoded.spelled}
    for bucket in sorted(set(buckets)):
        rows = decoded.rows
        chosen: Sequence[int] | None = None
        if len(set(buckets)) > 1:
            is_here = pc.take(pa.array([one == bucket for one in buckets]), rows["market"])
            places = pc.indices_nonzero(is_here)
            rows, chosen = rows.take(places), (values_of(places) if spelled else None)
        for begin in range(0, rows.num_rows, _MOST_ROWS):
            part = rows.slice(begin, _MOST_ROWS)
            yield bucket, _packed(part, begin, chosen, spelled, markets, records)


def _packed(
    rows: pa.RecordBatch,
    begin: int,
    chosen: Sequence[int] | None,
    spelled: Mapping[int, bytes],
    markets: Sequence[MarketName],
    records: Records,
) -> bytes:
    own = [
        Spelled(number, spelled[row])
        for number in range(rows.num_rows if spelled else 0)
        if (row := begin + number if chosen is None else chosen[begin + number]) in spelled
    ]
    rows, used_markets = _renumbered(rows, "market")
    rows, used_records = _renumbered(rows, "record")
    head = _Head(
        [markets[number] for number in used_markets],
        Records(
            [records.shards[number] for number in used_records],
            [records.sequence_numbers[number] for number in used_records],
            [records.arrived_at[number] for number in used_records],
        ),
        own,
    )
    encoded = msgspec.msgpack.encode(head)
    stream = pa.BufferOutputStream()
    with pa.ipc.new_stream(stream, rows.schema) as writer:
        writer.write_batch(rows)
    return b"".join((len(encoded).to_bytes(4, "little"), encoded, stream.getvalue()))


def _renumbered(rows: pa.RecordBatch, column: str) -> tuple[pa.RecordBatch, list[int]]:
    """The rows with the numbers of a column counted from 0, and what they were."""
    coded = rows[column].dictionary_encode()
    at = rows.schema.get_field_index(column)
    return rows.set_column(at, rows.schema.field(at), coded.indices), values_of(coded.dictionary)
