"""Which trade ids of a market have been seen: a few closed ranges, since an exchange numbers its trades without holes."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import pairwise

import msgspec


class Market(msgspec.Struct, frozen=True, order=True):
    """A market: one symbol on one exchange."""

    exchange: str
    symbol: str


class IdRange(msgspec.Struct, frozen=True, order=True, array_like=True):
    """Trade ids from `first` to `last`, both included."""

    first: int
    last: int

    @property
    def count(self) -> int:
        """How many ids."""
        return self.last - self.first + 1

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


type Ranges = tuple[IdRange, ...]
"""Ascending, disjoint and not adjacent."""


def ranges_of(ids: Iterable[int]) -> Ranges:
    """Return the ids, in any order and any number of times, as ranges."""
    found: list[IdRange] = []
    for number in sorted(set(ids)):
        if found and found[-1].last + 1 == number:
            found[-1] = IdRange(found[-1].first, number)
        else:
            found.append(IdRange(number, number))
    return tuple(found)


def merge(*parts: Iterable[IdRange]) -> Ranges:
    """The union of several sets of ranges, in the fewest ranges."""
    merged: list[IdRange] = []
    for part in sorted(one for ranges in parts for one in ranges):
        if merged and part.first <= merged[-1].last + 1:
            merged[-1] = IdRange(merged[-1].first, max(merged[-1].last, part.last))
        else:
            merged.append(part)
    return tuple(merged)


def contains(ranges: Ranges, trade_id: int) -> bool:
    """Whether the id has been seen."""
    position = bisect_right(ranges, IdRange(trade_id, 2**63)) - 1
    return position >= 0 and ranges[position].last >= trade_id


def overlap(left: Ranges, right: Ranges) -> bool:
    """Whether any id is in both."""
    return any(
        (position := bisect_right(left, IdRange(one.last, 2**63)) - 1) >= 0 and left[position].last >= one.first
        for one in right
    )


def common(left: Ranges, right: Ranges) -> Ranges:
    """Return the ids that are in both."""
    found: list[IdRange] = []
    mine, theirs = 0, 0
    while mine < len(left) and theirs < len(right):
        first = max(left[mine].first, right[theirs].first)
        last = min(left[mine].last, right[theirs].last)
        if first <= last:
            found.append(IdRange(first, last))
        if left[mine].last < right[theirs].last:
            mine += 1
        else:
            theirs += 1
    return tuple(found)


def includes(ranges: Ranges, others: Ranges) -> bool:
    """Whether every id of `others` is in `ranges`."""
    return merge(ranges, others) == ranges


def size(ranges: Ranges) -> int:
    """How many ids there are."""
    return sum(one.count for one in ranges)


def lacking(ranges: Ranges, wanted: IdRange) -> Ranges:
    """Return the ids of `wanted` that are not in `ranges`."""
    left: list[IdRange] = []
    following = wanted.first
    for one in common(ranges, (wanted,)):
        if one.first > following:
            left.append(IdRange(following, one.first - 1))
        following = one.last + 1
    if following <= wanted.last:
        left.append(IdRange(following, wanted.last))
    return tuple(left)


def holes(ranges: Ranges) -> Ranges:
    """The ids between the ranges: what has not been seen although later ids have."""
    return tuple(IdRange(left.last + 1, right.first - 1) for left, right in pairwise(ranges))
