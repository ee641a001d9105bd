"""What trades said, in eight bytes each. By them a plain repeat is known without reading it again.

A trade's *mark* is its place in its bucket of ids (see `bitmaps`) and a hash of its contents (`coattail_decoder.rules.mark_of`).
Of one id, equal marks
are equal contents, and differing marks differing ones; `conflicts` says in what. Of 2⁴⁸ conflicts one has equal marks by chance.
"""

import sys
from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Final

import msgspec

from coattail_common.ids import IdRange, Market, Ranges, merge
from stream_detectors import bitmaps

MOST_KEPT: Final = 4_000_000
"""Trades whose marks are kept: 32 MB, and as much again with thousands of markets. Most repeats are of the last minutes; an older
one is compared with the table."""
_PARTS: Final = 40
_DIGEST_BITS: Final = 48
_NONE: Final[array[int]] = array("q")


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


class Contents:
    """The marks of trades."""

    def __init__(self) -> None:
        self._marks: dict[Bucket, array[int]] = {}
        self._unsorted: set[Bucket] = set()
        self._count = 0

    def __len__(self) -> int:
        """How many marks there are."""
        return self._count

    def add(self, bucket: Bucket, marks: bytes) -> None:
        """Take marks of a bucket, eight bytes each, little-endian."""
        found = array("q", marks)
        if sys.byteorder == "big":
            found.byteswap()
        self._extend(bucket, found)

    def extend(self, other: "Contents") -> None:
        """Take all marks of another."""
        for bucket, marks in other._marks.items():
            self._extend(bucket, marks)

    def of(self, bucket: Bucket, ids: Ranges) -> set[int]:
        """The marks of those of these ids that are in the bucket."""
        marks = self._ascending(bucket)
        return {
            mark
            for one in ids
            for mark in marks[
                bisect_left(marks, bucket.least(one.first)) : bisect_left(marks, bucket.least(one.last + 1))
            ]
        }

    def among(self, market: Market, ids: Ranges) -> Iterator[tuple[Bucket, set[int]]]:
        """Yield the marks of these ids, by bucket."""
        for bucket in self._marks:
            if bucket.market == market and (marks := self.of(bucket, ids)):
                yield bucket, marks

    def differing(self, markets: Iterable[Market]) -> dict[Market, Ranges]:
        """Return the ids of these markets that came several times, with differing marks."""
        wanted = frozenset(markets)
        found: dict[Market, list[IdRange]] = {}
        for bucket in self._marks:
            if bucket.market in wanted:
                for one, other in pairwise(self._ascending(bucket)):
                    if one != other and one >> _DIGEST_BITS == other >> _DIGEST_BITS:
                        found.setdefault(bucket.market, []).append(IdRange(bucket.id(one), bucket.id(one)))
        return {market: merge(ids) for market, ids in found.items()}

    def without(self, ids: Mapping[Market, Ranges]) -> "Contents":
        """The marks of all other ids."""
        if not ids:
            return self
        rest = Contents()
        for bucket, marks in self._marks.items():
            gone = self.of(bucket, ids.get(bucket.market, ()))
            rest._extend(bucket, array("q", (mark for mark in marks if mark not in gone)) if gone else marks)
        return rest

    def _extend(self, bucket: Bucket, marks: "array[int]") -> None:
        self._marks.setdefault(bucket, array("q")).extend(marks)
        self._unsorted.add(bucket)
        self._count += len(marks)

    def _ascending(self, bucket: Bucket) -> "array[int]":
        # Sorted when they are first asked for: only repeats ask.
        if bucket in self._unsorted:
            self._marks[bucket] = array("q", sorted(self._marks[bucket]))
            self._unsorted.remove(bucket)
        return self._marks.get(bucket, _NONE)


class Known:
    """The marks of the trades that were seen last; of several with one id and other contents, that of the first or none."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept = 0
        self._parts: deque[Contents] = deque()

    def note(self, batch: Contents) -> None:
        """Take the marks of a batch; the oldest go, a part at a time."""
        # A part of many small batches: a bucket of a few trades takes as much memory as fifty marks.
        if not self._parts or len(self._parts[-1]) >= self._most / _PARTS:
            self._parts.append(Contents())
        self._parts[-1].extend(batch)
        self._kept += len(batch)
        while self._kept > self._most and len(self._parts) > 1:
            self._kept -= len(self._parts.popleft())

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
        return {mark for part in self._parts for mark in part.of(bucket, ids)}
