"""Ids for rows that have none, and each trade once. What it means: `coattail_replay.spark.identity`, which does the same."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from coattail_common.contracts import CONFLICT, CONTENTS
from coattail_common.ids import Market
from coattail_replay.arrow.compute import compute as pc
from coattail_replay.arrow.spill import sort
from coattail_replay.arrow.trades import NO_SIDE, SIDES, Column, column, keep, pick
from coattail_replay.identity import IDS_A_MILLISECOND

_SCALE: Final = 18


class Conflict(msgspec.Struct, frozen=True):
    """A row whose id came before with other contents: its place, the rule, and what was read of it."""

    source: int
    row: int
    rule: str
    line: bytes


def once(rows: pa.Table, market: Market) -> tuple[pa.Table, list[Conflict]]:
    """Return one market's rows by id, of each id the one that comes first in the files; later ones with other contents conflict with it."""
    rows = sort(rows, "key", "source", "row")
    keys = column(rows, "key")
    is_again = np.zeros(len(keys), bool)
    is_again[1:] = keys[1:] == keys[:-1]
    if not is_again.any():
        return rows, []
    again = np.flatnonzero(is_again)
    first = np.searchsorted(keys, keys[again])
    told, kept = (pick(rows, places) for places in (again, first))
    differs = np.flatnonzero(np.logical_or.reduce([_differing(name, told, kept) for name in CONTENTS]))
    told, kept = (pick(part, differs) for part in (told, kept))
    rules = [_differing(name, told, kept) for name in CONTENTS]
    conflicts = [
        Conflict(one["source"], one["row"], f"{CONFLICT}.{_first_of(rules, place)}", _line(one, market))
        for place, one in enumerate(told.to_pylist())
    ]
    return keep(rows, ~is_again), conflicts


def with_ids(rows: pa.Table) -> pa.Table:
    """Return one market's rows, all of them, with ids made of their milliseconds, by id."""
    rows = sort(rows, "key", "source", "row")
    milliseconds = column(rows, "key")
    places = np.arange(len(milliseconds))
    begins = np.ones(len(milliseconds), bool)
    begins[1:] = milliseconds[1:] != milliseconds[:-1]
    position = places - np.maximum.accumulate(np.where(begins, places, 0))
    ids = pa.array(milliseconds * IDS_A_MILLISECOND + position)
    return rows.set_column(rows.schema.get_field_index("key"), "key", ids)


def _differing(name: str, told: pa.Table, kept: pa.Table) -> Column:
    """Where two rows say different things. One that does not say the side says nothing else."""
    differs = np.asarray(pc.not_equal(told[name], kept[name]).to_numpy())
    if name == "side":
        differs = differs & (column(told, name) != NO_SIDE) & (column(kept, name) != NO_SIDE)
    return differs


def _first_of(differing: Sequence[Column], place: int) -> str:
    return next(name for name, rows in zip(CONTENTS, differing, strict=True) if rows[place])


def _line(row: Mapping[str, object], market: Market) -> bytes:
    """What was read of a row, as JSON with the fields of the wire, in their order."""
    scales = [int(str(row[name])) for name in ("price_scale", "quantity_scale")]
    fields: dict[str, object] = {
        "exchange": market.exchange,
        "symbol": market.symbol,
        "trade_id": row["key"],
        "price": _text(row["price"], scales[0]),
        "quantity": _text(row["quantity"], scales[1]),
        "quote_volume": _text(row["quote_volume"], min(sum(scales), _SCALE)),
        "side": None if row["side"] == NO_SIDE else SIDES[int(str(row["side"]))],
        "timestamp": row["timestamp"],
        "ingestion_timestamp": row["ingestion_timestamp"],
    }
    return msgspec.json.encode({name: value for name, value in fields.items() if value is not None})


def _text(amount: object, scale: int) -> str:
    return f"{Decimal(str(amount)):.{scale}f}"
