"""What is missing in a numbering: ranges of ids, apart from each other and ascending."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator

import msgspec

from coattail_common.ids import IdRange


class Gap(msgspec.Struct, frozen=True):
    """Trades `first` to `last` of a market were not received."""

    symbol: str
    first: int
    last: int

    @property
    def count(self) -> int:
        """How many trades that is."""
        return self.last - self.first + 1


class Hole:
    """The ids of one gap that are still missing, how they have been asked for, and which of them nobody will bring."""

    def __init__(self, first: int, last: int, opened_at: float, due_at: float) -> None:
        self.first = first
        self.last = last
        self.opened_at = opened_at
        self.due_at = due_at
        """When they may be asked for."""
        self.tries = 0
        """How often they were asked for in a row without any of them coming."""
        self.fetched = 0
        """How many were fetched."""
        self.missing = [IdRange(first, last)]
        self.gone: list[IdRange] = []

    def take(self, trade_id: int) -> bool:
        """The trade came. Whether it was missing."""
        for place, part in enumerate(self.missing):
            if part.first <= trade_id <= part.last:
                self.missing[place : place + 1] = [*_upto(part, trade_id - 1), *_from(part, trade_id + 1)]
                return True
        return False

    def give_up(self, first: int, last: int) -> list[IdRange]:
        """The missing ids among `first` to `last` will not come. Returns them."""
        gone = [*cut(self.missing, first, last)]
        self.missing = [rest for part in self.missing for rest in (*_upto(part, first - 1), *_from(part, last + 1))]
        self.gone += gone
        return gone

    def came(self) -> Iterator[IdRange]:
        """Its ids without those that are gone; asked once none is missing."""
        first = self.first
        for part in sorted(self.gone, key=lambda part: part.first):
            if part.first > first:
                yield IdRange(first, part.first - 1)
            first = part.last + 1
        if first <= self.last:
            yield IdRange(first, self.last)


def cut(parts: Iterable[IdRange], first: int, last: int) -> Iterator[IdRange]:
    """What of `parts` lies between `first` and `last`, both included."""
    for part in parts:
        if part.first <= last and part.last >= first:
            yield IdRange(max(part.first, first), min(part.last, last))


def hole_with(holes: list[Hole], trade_id: int) -> Hole | None:
    """The hole, of holes in ascending order, whose gap the id lies in."""
    place = bisect_right(holes, trade_id, key=lambda hole: hole.first) - 1
    return holes[place] if place >= 0 and trade_id <= holes[place].last else None


def _upto(part: IdRange, last: int) -> tuple[IdRange, ...]:
    return (IdRange(part.first, min(part.last, last)),) if part.first <= last else ()


def _from(part: IdRange, first: int) -> tuple[IdRange, ...]:
    return (IdRange(max(part.first, first), part.last),) if part.last >= first else ()
