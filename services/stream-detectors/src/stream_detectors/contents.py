"""What trades said, in eight bytes each: a plain repeat is told from one with other contents without reading either again.

A trade's *mark* is its place in its bucket of ids (see `bitmaps`) and a hash of its contents' digits. Of one id, equal marks are equal
contents; differing ones may be (1.0 and 1.00), and `conflicts` decides. Of 2⁴⁸ conflicts one has equal marks by chance.
"""

from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Final

import msgspec
import pyarrow as pa
from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812

from stream_detectors import bitmaps
from stream_detectors.deduplication import CONTENTS
from stream_detectors.ranges import IdRange, Market, Ranges, merge

MOST_KEPT: Final = 4_000_000
"""Trades whose marks are kept: 32 MB. Most repeats are of the last minutes; an older one is compared with the table."""
_DIGEST_BITS: Final = 48


class Bucket(msgspec.Struct, frozen=True):
    """Ids of a market that stand in one bitmap."""

    market: Market
    number: int

    def id(self, mark: int) -> int:
        """The id of the trade with this mark."""
        return bitmaps.base(self.number) + (mark >> _DIGEST_BITS)

    def least(self, trade_id: int) -> int:
        """No mark of this id or a later one is less. An id before the bucket stands for its first, one after it for the end."""
        place = min(max(trade_id - bitmaps.base(self.number), 0), bitmaps.BITS)
        return place << _DIGEST_BITS


def mark() -> Column:
    """The mark of a valid trade."""
    place = F.shiftleft(F.bitmap_bit_position("trade_id"), _DIGEST_BITS)
    return place.bitwiseOR(F.shiftrightunsigned(F.xxhash64(*CONTENTS), 64 - _DIGEST_BITS))


class Contents:
    """The marks of a batch's trades."""

    def __init__(self, marks: Iterable[tuple[Bucket, pa.Int64Array]] = ()) -> None:
        """`marks` are arrays of int64; a bucket may come several times."""
        self._arrived: dict[Bucket, list[pa.Int64Array]] = {}
        for bucket, found in marks:
            self._arrived.setdefault(bucket, []).append(found)
        self._ascending: dict[Bucket, array[int]] = {}

    def __len__(self) -> int:
        """How many marks there are."""
        return sum(len(found) for arrays in self._arrived.values() for found in arrays)

    def of(self, bucket: Bucket, ids: Ranges) -> set[int]:
        """The marks of those of these ids that are in the bucket."""
        marks = self._marks(bucket)
        return {
            mark
            for one in ids
            for mark in marks[
                bisect_left(marks, bucket.least(one.first)) : bisect_left(marks, bucket.least(one.last + 1))
            ]
        }

    def among(self, market: Market, ids: Ranges) -> Iterator[tuple[Bucket, set[int]]]:
        """Yield the marks of these ids, by bucket."""
        for bucket in self._arrived:
            if bucket.market == market and (marks := self.of(bucket, ids)):
                yield bucket, marks

    def differing(self, markets: Iterable[Market]) -> dict[Market, Ranges]:
        """Return the ids of these markets that came several times, with differing marks."""
        wanted = frozenset(markets)
        found: dict[Market, list[IdRange]] = {}
        for bucket in self._arrived:
            if bucket.market in wanted:
                for one, other in pairwise(self._marks(bucket)):
                    if one != other and one >> _DIGEST_BITS == other >> _DIGEST_BITS:
                        found.setdefault(bucket.market, []).append(IdRange(bucket.id(one), bucket.id(one)))
        return {market: merge(ids) for market, ids in found.items()}

    def without(self, ids: Mapping[Market, Ranges]) -> "Contents":
        """The marks of all other ids."""
        if not ids:
            return self
        rest = Contents()
        for bucket, arrays in self._arrived.items():
            gone = self.of(bucket, ids.get(bucket.market, ()))
            rest._arrived[bucket] = [pa.array(sorted(set(self._marks(bucket)) - gone), pa.int64())] if gone else arrays
        return rest

    def _marks(self, bucket: Bucket) -> "array[int]":
        # Sorted when they are first asked for: only repeats ask.
        if bucket not in self._ascending:
            marks = (mark for found in self._arrived.get(bucket, ()) for mark in found.to_pylist() if mark is not None)
            self._ascending[bucket] = array("q", sorted(marks))
        return self._ascending[bucket]


class Known:
    """The marks of the trades that were seen last; of several with one id and other contents, that of the first or none."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept = 0
        self._batches: deque[Contents] = deque()

    def note(self, batch: Contents) -> None:
        """Take the marks of a batch; the oldest go."""
        self._batches.append(batch)
        self._kept += len(batch)
        while self._kept > self._most:
            self._kept -= len(self._batches.popleft())

    def unlike(self, batch: Contents, ids: Mapping[Market, Ranges]) -> dict[Market, Ranges]:
        """Return those of these ids, seen before, whose contents in the batch are not known to be what they were."""
        found = {
            market: merge(
                IdRange(trade_id, trade_id)
                for bucket, marks in batch.among(market, ranges)
                for trade_id in {bucket.id(mark) for mark in marks - self._of(bucket, ranges)}
            )
            for market, ranges in ids.items()
        }
        return {market: ranges for market, ranges in found.items() if ranges}

    def _of(self, bucket: Bucket, ids: Ranges) -> set[int]:
        return {mark for batch in self._batches for mark in batch.of(bucket, ids)}
