"""What a market's trades come to: of one file, and of all of them together."""

from collections.abc import Sequence
from typing import Final

import msgspec

from coattail_audit import spans
from coattail_audit.spans import Ids, Spans
from coattail_common.ids import Market

_LOOSE: Final = 250_000
"""4 MB."""
_PIECE: Final = 20
"""A piece of no spans takes as much memory as so many of them."""


class Tally(msgspec.Struct, frozen=True):
    """Rows, and the ids in them; those that are in more than one, and those filled in from the exchange's REST API (`origin` is
    `backfill`)."""

    trades: int
    held: Spans
    doubled: Spans
    filled: Spans


class Audit(msgspec.Struct, frozen=True):
    """A market, audited. `duplicates` are rows beyond the first of an id; `missing` lie between ids that are held; of these `unreported`
    are in no `trades.gap_detected`."""

    market: Market
    trades: int
    duplicates: int
    held: Spans
    doubled: Spans
    filled: Spans
    missing: Spans
    unreported: Spans

    @property
    def is_sound(self) -> bool:
        """Nothing is doubled, and what is missing was reported."""
        return not self.duplicates and not len(self.unreported)


class Running:
    """The tally of a market while its files come in, in any order: in memory are little more than the spans that they come to.

    `loose`: how many spans may wait to be put together with the others, when those are fewer.
    """

    def __init__(self, loose: int = _LOOSE) -> None:
        self._loose = loose
        self._whole = together([])
        self._pieces: list[Tally] = []
        self._waiting = 0

    def add(self, piece: Tally) -> None:
        """Another file has this."""
        self._pieces.append(piece)
        self._waiting += _weight(piece)
        if self._waiting > max(self._loose, _weight(self._whole)):
            self.total()

    def total(self) -> Tally:
        """What there is so far."""
        if self._pieces:
            self._whole = together([self._whole, *self._pieces])
            self._pieces, self._waiting = [], 0
        return self._whole


def tally(ids: Ids, filled: Ids) -> Tally:
    """Of the rows with these ids, in any order; `filled` are the ids of those that were filled in."""
    return Tally(ids.size, *spans.counted(ids), spans.of(filled))


def together(tallies: Sequence[Tally]) -> Tally:
    """Of the rows of all of them. An id may be in several."""
    held, in_several = spans.gathered([one.held for one in tallies])
    return Tally(
        sum(one.trades for one in tallies),
        held,
        spans.merge([in_several, *(one.doubled for one in tallies)]),
        spans.merge([one.filled for one in tallies]),
    )


def audit(market: Market, whole: Tally, reported: Spans) -> Audit:
    """Of a market, from all its rows; `reported` are the ids of its gaps that were reported."""
    missing = spans.holes(whole.held)
    return Audit(
        market=market,
        trades=whole.trades,
        duplicates=whole.trades - spans.size(whole.held),
        held=whole.held,
        doubled=whole.doubled,
        filled=whole.filled,
        missing=missing,
        unreported=spans.without(missing, reported),
    )


def _weight(piece: Tally) -> int:
    """Its memory, in spans."""
    return _PIECE + len(piece.held) + len(piece.doubled) + len(piece.filled)
