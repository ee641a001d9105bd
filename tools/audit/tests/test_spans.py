"""Spans are sets of ids, whatever is done with them."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coattail_audit import spans
from coattail_audit.spans import Spans

# Ids that lie close are counted, others sorted.
_IDS = st.lists(st.integers(0, 40), max_size=60) | st.lists(st.integers(0, 3).map(lambda one: one * 15), max_size=4)


def _of(ids: list[int]) -> Spans:
    return spans.of(np.array(ids, np.int64))


def _ids(those: Spans) -> list[int]:
    """All of them in order; each once, and in as few spans as can be, or this fails."""
    listed = [one for first, last in those.tolist() for one in range(first, last + 1)]
    assert listed == sorted(set(listed))
    assert all(last + 1 < first for (_, last), (first, _) in zip(those.tolist(), those.tolist()[1:], strict=False))
    return listed


@given(_IDS)
def test_they_hold_each_id_once(ids: list[int]) -> None:
    assert _ids(_of(ids)) == sorted(set(ids))
    assert spans.size(_of(ids)) == len(set(ids))


@given(_IDS)
def test_what_comes_more_than_once_is_known(ids: list[int]) -> None:
    once, again = spans.counted(np.array(ids, np.int64))

    assert _ids(once) == sorted(set(ids))
    assert _ids(again) == sorted(one for one, times in Counter(ids).items() if times > 1)


def test_ids_may_lie_as_far_apart_as_they_like() -> None:
    once, again = spans.counted(np.array([2**63 - 1, 0, 5, 2**63 - 1, 6], np.int64))

    assert (once.tolist(), again.tolist()) == ([[0, 0], [5, 6], [2**63 - 1] * 2], [[2**63 - 1] * 2])


@given(st.lists(_IDS, max_size=5))
def test_what_several_hold_is_known(parts: list[list[int]]) -> None:
    holders = Counter(one for part in parts for one in set(part))

    any_of_them, several = spans.gathered([_of(part) for part in parts])

    assert _ids(any_of_them) == sorted(holders)
    assert _ids(several) == sorted(one for one, times in holders.items() if times > 1)


@given(st.lists(_IDS, max_size=5))
def test_merged_they_hold_what_any_of_them_holds(parts: list[list[int]]) -> None:
    assert _ids(spans.merge([_of(part) for part in parts])) == sorted({one for part in parts for one in part})


@given(_IDS)
def test_the_holes_are_what_lies_between_the_first_and_the_last(ids: list[int]) -> None:
    between = range(min(ids, default=0), max(ids, default=-1) + 1)

    assert _ids(spans.holes(_of(ids))) == sorted(set(between) - set(ids))


@given(_IDS, _IDS)
def test_what_others_hold_is_taken_out(these: list[int], those: list[int]) -> None:
    assert _ids(spans.without(_of(these), _of(those))) == sorted(set(these) - set(those))
