"""Sets of trade ids as spans: arrays of shape (n, 2), int64, of first and last id, ascending, disjoint and not adjacent.

An exchange numbers its trades without holes, so a billion ids are a few spans; where ids are no consecutive numbers there may be
millions of spans, and arrays bear that too.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

type Ids = NDArray[np.int64]
type Spans = NDArray[np.int64]

_DENSE: Final = 2
"""Ids are counted one by one where there is room for no more than so many times as many."""


def none() -> Spans:
    """No ids."""
    return np.empty((0, 2), np.int64)


def counted(ids: Ids) -> tuple[Spans, Spans]:
    """The ids, in any order and any number of times, and those of them that come more than once."""
    if not ids.size:
        return none(), none()
    first = ids.min()
    if ids.max() - first < _DENSE * ids.size:
        # To count is ten times as fast as to sort.
        times = np.bincount(ids - first)
        return _runs(times > 0) + first, _runs(times > 1) + first
    ascending = np.sort(ids)
    return _of_ascending(ascending), _of_ascending(ascending[1:][ascending[1:] == ascending[:-1]])


def of(ids: Ids) -> Spans:
    """The ids, in any order and any number of times."""
    return counted(ids)[0]


def gathered(parts: Sequence[Spans]) -> tuple[Spans, Spans]:
    """The ids that are in any of the parts, and those that are in more than one."""
    every = np.concatenate([none(), *parts])
    every = every[np.argsort(every[:, 0], kind="stable")]
    firsts, lasts = every[:, 0], every[:, 1]
    reached = np.maximum.accumulate(lasts)
    # What of a span was reached before it began: of the spans that an id is in, the second one says it.
    until = np.minimum(lasts[1:], reached[:-1])
    again = until >= firsts[1:]
    more = np.column_stack([firsts[1:], until])[again]
    return _joined(firsts, reached), _joined(more[:, 0], np.maximum.accumulate(more[:, 1]))


def merge(parts: Sequence[Spans]) -> Spans:
    """The ids that are in any of the parts."""
    return gathered(parts)[0]


def size(spans: Spans) -> int:
    """How many ids there are."""
    return int((spans[:, 1] - spans[:, 0] + 1).sum())


def holes(spans: Spans) -> Spans:
    """The ids between the spans."""
    return np.column_stack([spans[:-1, 1] + 1, spans[1:, 0] - 1])


def without(these: Spans, those: Spans) -> Spans:
    """The ids of `these` that are not among `those`."""
    at = np.concatenate([these[:, 0], these[:, 1] + 1, those[:, 0], those[:, 1] + 1])
    ones, others = np.ones(len(these), np.int64), np.ones(len(those), np.int64)
    inside = np.concatenate([ones, -ones, 0 * others, 0 * others])
    taken = np.concatenate([0 * ones, 0 * ones, others, -others])
    order = np.argsort(at, kind="stable")
    at, inside, taken = at[order], np.cumsum(inside[order]), np.cumsum(taken[order])
    kept = (inside[:-1] > 0) & (taken[:-1] == 0) & (at[1:] > at[:-1])
    return merge([np.column_stack([at[:-1][kept], at[1:][kept] - 1])])


def _runs(is_in: NDArray[np.bool_]) -> Spans:
    """Where it is true, as spans."""
    edges = np.flatnonzero(np.diff(is_in, prepend=False, append=False))
    return np.column_stack([edges[::2], edges[1::2] - 1])


def _of_ascending(ids: Ids) -> Spans:
    if not ids.size:
        return none()
    breaks = np.flatnonzero(np.diff(ids) > 1)
    return np.column_stack([ids[np.concatenate([[0], breaks + 1])], ids[np.concatenate([breaks, [ids.size - 1]])]])


def _joined(firsts: Ids, reached: Ids) -> Spans:
    """Of spans by their first ids, and the last id that is reached with each: the ids in any of them."""
    if not firsts.size:
        return none()
    # A span begins again where none before it comes up to it.
    begins = np.concatenate([[True], firsts[1:] > reached[:-1] + 1])
    return np.column_stack([firsts[begins], reached[np.concatenate([begins[1:], [True]])]])
