"""Typed trades in columns, and the numbers of their markets."""

import threading
from typing import Any, Final, cast

import numpy as np
import pyarrow as pa

from coattail_common.contracts import Side
from coattail_common.ids import Market
from coattail_replay.arrow.compute import arrow

AMOUNT: Final[Any] = arrow.decimal128(38, 18)
SIDES: Final = (Side.BUY, Side.SELL)
NO_SIDE: Final = len(SIDES)
"""The number of a side that the file does not say."""
MICROS_A_MILLISECOND: Final = 1000

SCHEMA: Final[pa.Schema] = arrow.schema(
    [
        ("market", pa.int32()),
        ("key", pa.int64()),
        ("timestamp", pa.int64()),
        ("ingestion_timestamp", pa.int64()),
        ("price", AMOUNT),
        ("quantity", AMOUNT),
        ("quote_volume", AMOUNT),
        ("side", pa.int8()),
        ("price_scale", pa.int8()),
        ("quantity_scale", pa.int8()),
        ("source", pa.int32()),
        ("row", pa.int64()),
    ]
)
"""Valid trades. `market` is its number in `Markets`; `key` the id, or the millisecond where the file has no ids; times in UTC µs; the
scales say how many digits the file had behind the point."""

type Column = np.ndarray[Any, np.dtype[Any]]


class Markets:
    """The markets, each with a number. Threads may share it."""

    def __init__(self) -> None:
        self._numbers: dict[Market, int] = {}
        self._known: list[Market] = []
        self._lock = threading.Lock()

    def number(self, market: Market) -> int:
        """Return the market's number, the same each time."""
        with self._lock:
            number = self._numbers.setdefault(market, len(self._known))
            if number == len(self._known):
                self._known.append(market)
            return number

    def __getitem__(self, number: int) -> Market:
        return self._known[number]

    def in_order(self) -> list[int]:
        """Return the numbers by exchange and symbol."""
        return sorted(range(len(self._known)), key=self._known.__getitem__)


def column(batch: pa.RecordBatch | pa.Table, name: str) -> Column:
    """Return a column of numbers, without copying it where it is in one piece."""
    found = batch.column(name)
    whole = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    return np.asarray(whole.to_numpy(zero_copy_only=False))


def pick[Rows: (pa.Table, pa.RecordBatch)](rows: Rows, places: Column) -> Rows:
    """Return the rows at these places, in their order."""
    return cast("Rows", arrow.compute.take(rows, arrow.array(places)))


def keep[Rows: (pa.Table, pa.RecordBatch)](rows: Rows, is_kept: Column) -> Rows:
    """Return the rows where that is true."""
    return rows.filter(arrow.array(is_kept))


def scale_of(amount: str) -> int:
    """Return how many digits a plain amount has behind the point."""
    return len(amount.partition(".")[2])
