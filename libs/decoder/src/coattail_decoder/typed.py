"""Typed rows of several parts of a stream → the rows of `raw_trades`: by market and id, each trade once, none that landed."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from coattail_common.contracts import event_id
from coattail_common.ids import Market, Ranges, contains
from coattail_decoder.decoder import column_bytes, compiled
from coattail_decoder.look import MarketName
from coattail_decoder.rows import ORIGINS, ROWS, SIDES, values_of

_TIME: Final = pa.timestamp("us", "UTC")


class Part(msgspec.Struct, frozen=True):
    """Rows (schema `ROWS`), and the markets that their numbers stand for."""

    markets: Sequence[MarketName]
    rows: pa.RecordBatch


def together(parts: Sequence[Part]) -> tuple[list[MarketName], pa.Table]:
    """Return the markets of all parts in the order of their names, and all rows in the order of the parts, with the numbers of
    these markets.
    """
    names = sorted({name for part in parts for name in part.markets}, key=lambda one: (one.symbol, one.exchange, one))
    numbers = {name: number for number, name in enumerate(names)}
    batches = []
    for part in parts:
        table = pa.array([numbers[name] for name in part.markets], pa.int32())
        market = pc.take(table, part.rows["market"])
        batches.append(part.rows.set_column(0, ROWS.field("market"), market))
    return names, pa.Table.from_batches(batches, ROWS).combine_chunks()


def once(names: Sequence[MarketName], rows: pa.Table, landed: Mapping[Market, Ranges]) -> pa.Table:
    """Return the rows by market and id: of each id the first row, none of an id that landed. Input and output as `together` has them."""
    if not rows.num_rows:
        return rows
    ranges = [landed.get(Market(name.exchange, name.symbol), ()) for name in names]
    module = compiled()
    if module is None:
        return rows.take(pa.array(_order(rows, ranges), pa.int64()))
    flat = [[end for one in found for end in (one.first, one.last)] for found in ranges]
    order = module.order(column_bytes(rows, "market"), column_bytes(rows, "trade_id"), rows.num_rows, flat)
    return rows.take(pa.Array.from_buffers(pa.int64(), len(order) // 8, [None, pa.py_buffer(order)]))


def lake_rows(names: Sequence[MarketName], rows: pa.Table) -> pa.Table:
    """Return the rows with the columns and types of `raw_trades`, in the order of the contract."""
    market = rows["market"].combine_chunks()
    columns: dict[str, Any] = {
        "event_id": _event_ids(names, rows),
        "exchange": _named(market, [name.exchange for name in names]),
        "symbol": _named(market, [name.symbol for name in names]),
        "base": _named(market, [name.base for name in names]),
        "quote": _named(market, [name.quote for name in names]),
        "trade_id": rows["trade_id"],
        "price": rows["price"],
        "quantity": rows["quantity"],
        "quote_volume": rows["quote_volume"],
        "side": _named(rows["side"].combine_chunks(), list(SIDES)),
        "timestamp": rows["timestamp"].cast(_TIME),
        "ingestion_timestamp": rows["ingestion_timestamp"].cast(_TIME),
        "origin": _named(rows["origin"].combine_chunks(), list(ORIGINS)),
        "schema_version": rows["schema_version"],
    }
    return pa.table(columns)


def _named(numbers: Any, values: Sequence[str]) -> Any:
    return pa.DictionaryArray.from_arrays(numbers, pa.array([str(one) for one in values], pa.string()))


def _event_ids(names: Sequence[MarketName], rows: pa.Table) -> Any:
    module = compiled()
    if module is None:
        pairs = zip(values_of(rows["market"]), values_of(rows["trade_id"]), strict=True)
        return pa.array(
            (event_id(names[number].exchange, names[number].symbol, one) for number, one in pairs), pa.large_string()
        )
    heads = [event_id(name.exchange, name.symbol, 0)[:-1].encode() for name in names]
    offsets, data, size = module.event_ids(
        heads, column_bytes(rows, "market"), column_bytes(rows, "trade_id"), rows.num_rows
    )
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(memoryview(data)[:size])]
    return pa.Array.from_buffers(pa.large_string(), rows.num_rows, buffers)


def _order(rows: pa.Table, ranges: Sequence[Ranges]) -> list[int]:
    seen: set[tuple[int, int]] = set()
    keys = list(zip(values_of(rows["market"]), values_of(rows["trade_id"]), strict=True))
    order = sorted(range(len(keys)), key=keys.__getitem__)
    found = []
    for row in order:
        if keys[row] not in seen and not contains(ranges[keys[row][0]], keys[row][1]):
            found.append(row)
        seen.add(keys[row])
    return found
