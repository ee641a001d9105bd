"""Spans are sets of ids, whatever is done with them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coattail_audit import spans
from coattail_audit.spans import Spans

_IDS = st.lists(st.integers(0, 40), max_size=60)


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
