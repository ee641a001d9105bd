"""Trade ids as ranges: what is stored, and the holes in it."""

from collections.abc import Iterable

import msgspec


class IdRange(msgspec.Struct, frozen=True, order=True):
    """Ids from `first` to `last`, both included."""

    first: int
    last: int

    @property
    def count(self) -> int:
        """How many ids."""
        return self.last - self.first + 1

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


type Ranges = tuple[IdRange, ...]
"""Ascending, and never touching."""


def ranges_of(ids: Iterable[int]) -> Ranges:
    """The ids, in any order and however often, as ranges."""
    result: list[IdRange] = []
    first = last = None
    for number in sorted(ids):
        if last is not None and number <= last + 1:
            last = number
        else:
            if first is not None and last is not None:
                result.append(IdRange(first, last))
            first = last = number
    if first is not None and last is not None:
        result.append(IdRange(first, last))
    return tuple(result)


def count(ranges: Ranges) -> int:
    """How many ids there are in all."""
    return sum(one.count for one in ranges)


def union(one: Ranges, other: Ranges) -> Ranges:
    """The ids that are in either."""
    result: list[IdRange] = []
    for part in sorted((*one, *other)):
        if result and part.first <= result[-1].last + 1:
            result[-1] = IdRange(result[-1].first, max(result[-1].last, part.last))
        else:
            result.append(part)
    return tuple(result)


def common(one: Ranges, other: Ranges) -> int:
    """How many ids are in both."""
    return sum(part.count - count(missing_ranges(other, part)) for part in one)


def missing_ranges(stored: Ranges, wanted: IdRange) -> Ranges:
    """The ids of `wanted` that are not stored."""
    holes: list[IdRange] = []
    following = wanted.first
    for one in stored:
        if one.first > wanted.last:
            break
        if one.first > following:
            holes.append(IdRange(following, one.first - 1))
        following = max(following, one.last + 1)
    if following <= wanted.last:
        holes.append(IdRange(following, wanted.last))
    return tuple(holes)
