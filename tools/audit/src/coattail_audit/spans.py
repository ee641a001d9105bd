"""Sets of trade ids as spans: arrays of shape (n, 2), int64, of first and last id, ascending, disjoint and not adjacent.

An exchange numbers its trades without holes, so a billion ids are a few spans; where ids are no consecutive numbers there may be
millions of spans, and arrays bear that too.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

type Ids = NDArray[np.int64]
type Spans = NDArray[np.int64]


def none() -> Spans:
    """No ids."""
    return np.empty((0, 2), np.int64)


def of(ids: Ids) -> Spans:
    """The ids, in any order and any number of times."""
    once = np.unique(ids)
    if not once.size:
        return none()
    breaks = np.flatnonzero(np.diff(once) > 1)
    firsts = once[np.concatenate([[0], breaks + 1])]
    lasts = once[np.concatenate([breaks, [once.size - 1]])]
    return np.column_stack([firsts, lasts])


def merge(parts: Sequence[Spans]) -> Spans:
    """The ids that are in any of the parts."""
    every = np.concatenate([none(), *parts])
    if not len(every):
        return every
    every = every[np.argsort(every[:, 0], kind="stable")]
    reached = np.maximum.accumulate(every[:, 1])
    # A span begins anew where none before it comes up to it.
    begins = np.concatenate([[True], every[1:, 0] > reached[:-1] + 1])
    lasts = reached[np.concatenate([begins[1:], [True]])]
    return np.column_stack([every[begins, 0], lasts])


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
