"""A market's tally is that of its rows, whatever files they lie in and whenever these are put together."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coattail_audit import spans
from coattail_audit.spans import Spans
from coattail_audit.tally import Running, Tally, audit, tally
from coattail_common.ids import Market

_ROWS = st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=30)


def _tally(rows: list[tuple[int, bool]]) -> Tally:
    ids = np.array([one for one, _ in rows], np.int64)
    return tally(ids, ids[np.array([is_filled for _, is_filled in rows], np.bool_)])


def _ids(those: Spans) -> set[int]:
    return {one for first, last in those.tolist() for one in range(first, last + 1)}


@given(st.lists(_ROWS, max_size=8), st.integers(0, 100), st.sets(st.integers(0, 40)))
def test_it_is_that_of_all_rows(parts: list[list[tuple[int, bool]]], loose: int, told: set[int]) -> None:
    running = Running(loose)
    for part in parts:
        running.add(_tally(part))

    found = audit(Market("binance", "BTC-USDT"), running.total(), spans.of(np.array(sorted(told), np.int64)))

    times = Counter(one for part in parts for one, _ in part)
    missing = set(range(min(times, default=0), max(times, default=0))) - set(times)
    assert (found.trades, found.duplicates) == (times.total(), times.total() - len(times))
    assert _ids(found.held) == set(times)
    assert _ids(found.doubled) == {one for one, count in times.items() if count > 1}
    assert _ids(found.filled) == {one for part in parts for one, is_filled in part if is_filled}
    assert (_ids(found.missing), _ids(found.unreported)) == (missing, missing - told)
    assert found.is_sound == (found.duplicates == 0 and missing <= told)
