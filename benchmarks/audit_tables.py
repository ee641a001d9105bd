"""Made-up `raw_trades` in a folder, with holes, doubles and filled trades at known ids: what `./task audit` must find, and nothing else."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from moto import mock_aws
from numpy.typing import NDArray
from pyiceberg.catalog.glue import GlueCatalog

from coattail_common.contracts import SCHEMA_VERSION, Origin, Side, TradesGapDetected
from coattail_common.lake import iceberg_partitions, iceberg_schema
from coattail_common.tables import PROPERTIES, RAW_TRADES

MARKETS: Final = (("binance", "BTC-USDT"), ("kraken", "BTC-USDT"), ("binance", "ETH-USDT"), ("kraken", "ETH-USDT"))
_FIRST_ID: Final = 1_000_000
_MOMENT: Final = datetime(2026, 1, 1, tzinfo=UTC)

type Span = tuple[int, int]
type Spans = tuple[Span, ...]
type _Ids = NDArray[np.int64]


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A table of about so many `trades` over so many `days`, each of so many `landings`: each a commit, and a file in each partition.

    `shuffled`: a day's ids are in no order, within the files and over them.
    """

    trades: int
    days: int
    landings: int
    shuffled: bool = False


class Planted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be found of a market: rows, rows beyond the first of an id, and spans of ids. No event tells of `unreported`."""

    trades: int
    duplicates: int
    doubled: Spans
    filled: Spans
    missing: Spans
    unreported: Spans


class Made(msgspec.Struct, frozen=True):
    """A table's warehouse, the file of the events that tell of its gaps, and what there is to find of each market."""

    shape: Shape
    warehouse: str
    events: str
    planted: Planted


def write(folder: Path, shape: Shape, seed: int = 1) -> Made:
    """Write a table of four markets, which share two symbols, into an empty folder; the same from the same seed."""
    warehouse, events = folder / "warehouse", folder / "events.jsonl"
    draw = np.random.default_rng(seed)
    planted = _planted(shape)
    with mock_aws():
        catalog = GlueCatalog("lakehouse", **{"glue.region": "us-west-2"})
        catalog.create_namespace("coattail", {"location": f"file://{warehouse}/coattail"})
        schema = iceberg_schema(RAW_TRADES.rows)
        spec = iceberg_partitions(schema, RAW_TRADES.partitioned_by)
        table = catalog.create_table("coattail.raw_trades", schema, partition_spec=spec, properties=dict(PROPERTIES))
        for day in range(shape.days):
            for ids in _landings(shape, day, planted, draw):
                rows = [_rows(*market, ids, day, planted, table.schema().as_arrow()) for market in MARKETS]
                table.append(pa.concat_tables(rows))
        newest = Path(table.metadata_location.removeprefix("file://"))
    newest.rename(newest.with_name("v1.metadata.json"))
    newest.with_name("version-hint.text").write_text("1")
    told = [span for span in planted.missing if span not in planted.unreported]
    events.write_bytes(b"".join(_event(*market, span) for market in MARKETS for span in told))
    return Made(shape, str(warehouse), str(events), planted)


def _ids_a_day(shape: Shape) -> int:
    """Of a market. The ids of a day follow upon those of the day before."""
    return shape.trades // (shape.days * len(MARKETS))


def _planted(shape: Shape) -> Planted:
    """Of each day: a hole, the ids after it filled in, one id twice. Of some: a hole over midnight, an id missing, ids of the first day."""
    many = _ids_a_day(shape)
    firsts = [_FIRST_ID + day * many for day in range(shape.days)]
    told = [(first + many // 2, first + many // 2 + 99) for first in firsts]
    untold = [(_FIRST_ID + 10, _FIRST_ID + 10), *((first - 5, first + 4) for first in firsts[1:])]
    doubled = [(_FIRST_ID + 20, _FIRST_ID + 22), *((first + many // 4, first + many // 4) for first in firsts)]
    missing = sorted(told + untold)
    return Planted(
        trades=many * shape.days - _size(missing) + _size(doubled),
        duplicates=_size(doubled),
        doubled=tuple(doubled),
        filled=tuple((last + 1, last + 50) for _, last in told),
        missing=tuple(missing),
        unreported=tuple(untold),
    )


def _landings(shape: Shape, day: int, planted: Planted, draw: np.random.Generator) -> Iterator[_Ids]:
    """The ids that each landing of a day brings of every market. The day's double is in its first and its last; the doubles of the first
    day come once more with the very last landing."""
    many = _ids_a_day(shape)
    ids = np.arange(_FIRST_ID + day * many, _FIRST_ID + (day + 1) * many)
    ids = ids[~_within(ids, planted.missing)]
    if shape.shuffled:
        ids = draw.permutation(ids)
    again = planted.doubled[:1] if day == shape.days - 1 else ()
    again += planted.doubled[1 + day : 2 + day]
    repeated = np.concatenate([np.arange(first, last + 1) for first, last in again])
    *others, last = np.array_split(ids, shape.landings)
    yield from others
    yield np.concatenate([last, repeated])


def _rows(exchange: str, symbol: str, ids: _Ids, day: int, planted: Planted, schema: pa.Schema) -> pa.Table:
    """Trades with these ids: what an audit does not read is the same in each of them, but for their `event_id`."""
    base, _, quote = symbol.partition("-")
    number = pa.array(ids)
    filled = pa.array(_within(ids, planted.filled))
    rows = {
        "event_id": pc.binary_join_element_wise(f"{exchange}:{symbol}", number.cast(pa.string()), ":"),
        "exchange": exchange,
        "symbol": symbol,
        "base": base,
        "quote": quote,
        "trade_id": number,
        "price": Decimal(60_000),
        "quantity": Decimal("0.5"),
        "quote_volume": Decimal(30_000),
        "side": Side.BUY.value,
        "timestamp": _MOMENT + timedelta(days=day),
        "ingestion_timestamp": _MOMENT + timedelta(days=day),
        "origin": pc.if_else(filled, Origin.BACKFILL.value, Origin.STREAM.value),
        "schema_version": SCHEMA_VERSION,
    }
    columns = [_column(rows[field.name], field.type, len(ids)) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _column(value: object, kind: pa.DataType, rows: int) -> pa.Array:
    return value.cast(kind) if isinstance(value, pa.Array) else pa.repeat(pa.scalar(value, kind), rows)


def _within(ids: _Ids, spans: Spans) -> NDArray[np.bool_]:
    """Which of the ids are in one of the spans."""
    inside = np.zeros(ids.size, np.bool_)
    for first, last in spans:
        inside |= (ids >= first) & (ids <= last)
    return inside


def _size(spans: list[Span]) -> int:
    return sum(last - first + 1 for first, last in spans)


def _event(exchange: str, symbol: str, span: Span) -> bytes:
    first, last = span
    gap = TradesGapDetected(occurred_at=0, exchange=exchange, symbol=symbol, first_trade_id=first, last_trade_id=last)
    return msgspec.json.encode({"detail-type": gap.detail_type, "source": "benchmarks", "detail": gap}) + b"\n"
