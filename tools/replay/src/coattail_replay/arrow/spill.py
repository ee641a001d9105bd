"""Trades in memory and on disk, sorted a piece at a time, and read back in order however many there are.

A piece holds one market's rows in the order of a key. What does not fit the memory it may use lies in a file, which is memory-mapped.
Keys are read in stretches that have at most so many rows; a stretch is put together from every piece that has a part of it.
"""

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec
import numpy as np
import pyarrow as pa

from coattail_replay.arrow.trades import Column, column, pick

ROWS_A_STRETCH: Final = 1 << 20
"""Some 100 MB."""
_FEW: Final = 1 << 16
_SAMPLED: Final = 512
"""One key in so many tells where to cut."""


class Piece(msgspec.Struct, frozen=True):
    """Rows `begin` to `end` of a batch, by key from `first` to `last`."""

    batch: int
    begin: int
    end: int
    first: int
    last: int

    @property
    def count(self) -> int:
        """How many rows."""
        return self.end - self.begin


class Spill:
    """Keeps pieces that are sorted by the column `key`: the first `kept` bytes in memory, the others in the file at `path`.

    Threads may write side by side; then, after `finish`, read.
    """

    def __init__(self, path: Path, schema: pa.Schema, key: str, kept: int) -> None:
        self._path = path
        self._schema = schema
        self._key = key
        self._room = kept
        self._lock = threading.Lock()
        self._batches: list[pa.RecordBatch | int] = []
        """Each batch, or its place in the file."""
        self._written = 0
        self._file: pa.OSFile | None = None
        self._writer: pa.RecordBatchFileWriter | None = None
        self.pieces: defaultdict[int, list[Piece]] = defaultdict(list)
        """By market."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish()

    def write(self, batch: pa.RecordBatch) -> None:
        """Take rows that are in the order of their market and key."""
        if not batch.num_rows:
            return
        markets, keys = column(batch, "market"), column(batch, self._key)
        cuts = [0, *(np.flatnonzero(markets[1:] != markets[:-1]) + 1).tolist(), len(markets)]
        with self._lock:
            for begin, end in pairwise(cuts):
                piece = Piece(len(self._batches), begin, end, int(keys[begin]), int(keys[end - 1]))
                self.pieces[int(markets[begin])].append(piece)
            self._room -= batch.nbytes
            if self._room >= 0:
                self._batches.append(batch)
            else:
                self._open().write_batch(batch)
                self._batches.append(self._written)
                self._written += 1

    def finish(self) -> None:
        """Write the end of the file; what was written can be read then."""
        if self._writer is None or self._file is None:
            return
        self._writer.close()
        self._file.close()
        self._writer = self._file = None
        reader = pa.ipc.open_file(pa.memory_map(str(self._path)))
        self._batches = [reader.get_batch(one) if isinstance(one, int) else one for one in self._batches]

    def stretches(self, market: int, rows: int = ROWS_A_STRETCH) -> Iterator[pa.Table]:
        """Yield the market's rows in stretches of keys, one behind the other; those of one stretch in the order in which they were written,
        by key within each piece. All rows of a key are in one stretch."""
        pieces = sorted(self.pieces[market], key=lambda one: (one.first, one.last))
        bounds = self.bounds(pieces, rows)
        for low, high in pairwise(bounds):
            yield self.between(pieces, low, high)

    def bounds(self, pieces: Sequence[Piece], rows: int, multiple: int = 1) -> list[int]:
        """Return keys that cut the pieces into stretches of about so many rows; all are multiples of `multiple`.

        The first is not above any key of the pieces, and the last is above all.
        """
        first = min(one.first for one in pieces) // multiple * multiple
        last = max(one.last for one in pieces) // multiple * multiple + multiple
        if sum(one.count for one in pieces) <= rows:
            return [first, last]
        samples = np.sort(np.concatenate([self._keys(one)[_SAMPLED // 2 :: _SAMPLED] for one in pieces]))
        cuts = np.unique(samples[:: max(rows // _SAMPLED, 1)] // multiple * multiple)
        return [first, *cuts[(cuts > first) & (cuts < last)].tolist(), last]

    def between(self, pieces: Sequence[Piece], low: int, high: int) -> pa.Table:
        """Return the rows of the pieces whose keys are from `low` to below `high`."""
        found = []
        for one in pieces:
            if one.last < low or one.first >= high:
                continue
            begin, end = one.begin, one.end
            if one.first < low or one.last >= high:
                below = np.searchsorted(self._keys(one), [low, high]).tolist()
                begin, end = one.begin + below[0], one.begin + below[1]
            if end > begin:
                found.append(self._batch(one).slice(begin, end - begin))
        return pa.Table.from_batches(found, self._schema)

    def first_from(self, market: int, key: int, below: int) -> int | None:
        """Return the market's least key that is at least `key`, and below `below`; None where there is none."""
        least = None
        for one in self.pieces[market]:
            if one.last < key or one.first >= below:
                continue
            keys = self._keys(one)
            place = int(np.searchsorted(keys, key))
            if place < len(keys) and keys[place] < below:
                least = int(keys[place]) if least is None else min(least, int(keys[place]))
        return least

    def _keys(self, piece: Piece) -> Column:
        return column(self._batch(piece), self._key)[piece.begin : piece.end]

    def _batch(self, piece: Piece) -> pa.RecordBatch:
        batch = self._batches[piece.batch]
        if isinstance(batch, int):
            message = "the file is still being written"
            raise TypeError(message)
        return batch

    def _open(self) -> pa.RecordBatchFileWriter:
        if self._writer is None:
            self._file = pa.OSFile(str(self._path), "wb")
            self._writer = pa.ipc.new_file(self._file, self._schema)
        return self._writer


def by_market(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Return rows by their market and key, those of one key in the order in which they are."""
    markets, keys = column(rows, "market"), column(rows, "key")
    if markets.max(initial=0) < _FEW:
        # Integers of 16 bits are sorted without comparing them.
        order = np.argsort(markets.astype(np.uint16), kind="stable")
        if is_sorted([markets[order], keys[order]]):
            return pick(rows, order)
    return pick(rows, np.lexsort((keys, markets)))


def sort(table: pa.Table, *names: str) -> pa.Table:
    """Return the rows by these columns; as they are where they are in that order already."""
    columns = [column(table, name) for name in names]
    if is_sorted(columns):
        return table
    return pick(table, np.lexsort(columns[::-1]))


def is_sorted(columns: Sequence[Column]) -> bool:
    """Whether rows are in the order of these columns, the first before the second and so on."""
    unequal = np.zeros(max(len(columns[0]) - 1, 0), bool)
    for values in columns:
        steps = values[1:] < values[:-1]
        if (steps & ~unequal).any():
            return False
        unequal |= values[1:] != values[:-1]
    return True
