"""Marks: a repeat is taken for plain only if the trade before it said the same."""

import tracemalloc
from collections import defaultdict

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from coattail_common.ids import IdRange, Market, Ranges, merge
from stream_detectors.bitmaps import BITS, base
from stream_detectors.contents import Bucket, Contents, Known

MARKETS = (Market("binance", "BTC-USDT"), Market("coinbase", "BTC-USD"))
IDS = st.integers(0, 5) | st.integers(BITS - 2, BITS + 3)
TRADES = st.tuples(st.sampled_from(MARKETS), IDS, st.integers(0, 2))
"""A market, an id, and which of three contents."""


def bucket_of(market: Market, trade_id: int) -> Bucket:
    return Bucket(market, 0 if trade_id == 0 else (trade_id - 1) // BITS + 1)


def contents(trades: list[tuple[Market, int, int]]) -> Contents:
    """The marks of trades as Spark brings them: by bucket, in the order of arrival."""
    marks: defaultdict[Bucket, list[int]] = defaultdict(list)
    for market, trade_id, said in trades:
        bucket = bucket_of(market, trade_id)
        marks[bucket].append((trade_id - base(bucket.number)) << 48 | said)
    # As slices of one array, which is what a column of lists is made of.
    column = pa.array(list(marks.values()), pa.list_(pa.int64()))
    found = Contents()
    for bucket, one in zip(marks, column, strict=True):
        found.add(bucket, one.values)
    return found


def ranges(ids: set[tuple[Market, int]]) -> dict[Market, Ranges]:
    by_market: defaultdict[Market, list[IdRange]] = defaultdict(list)
    for market, trade_id in ids:
        by_market[market].append(IdRange(trade_id, trade_id))
    return {market: merge(found) for market, found in by_market.items()}


@given(st.lists(st.lists(TRADES, max_size=12), max_size=6))
def test_exactly_what_may_differ_is_doubted(batches: list[list[tuple[Market, int, int]]]) -> None:
    known = Known()
    seen: set[tuple[Market, int]] = set()
    first: dict[tuple[Market, int], int] = {}
    for batch in batches:
        marks = contents(batch)
        said: defaultdict[tuple[Market, int], set[int]] = defaultdict(set)
        for market, trade_id, one in batch:
            said[market, trade_id].add(one)
        differing = {key for key, found in said.items() if len(found) > 1}
        unlike = {key for key in seen & set(said) if said[key] != {first.get(key)}}

        assert marks.differing(MARKETS) == ranges(differing)
        assert known.unlike(marks, ranges(seen & set(said))) == ranges(unlike)

        doubtful = differing | unlike
        known.note(marks.without(ranges(doubtful)))
        seen |= set(said)
        first |= {key: found.pop() for key, found in said.items() if key not in doubtful and key not in first}


def test_only_the_newest_are_kept() -> None:
    """What is no longer known is doubted: the table has it."""
    known = Known(most=400)
    trades = [(MARKETS[0], trade_id, 0) for trade_id in range(1, 501)]
    for place in range(0, 500, 2):
        known.note(contents(trades[place : place + 2]))

    (doubted,) = known.unlike(contents(trades), {MARKETS[0]: (IdRange(1, 500),)})[MARKETS[0]]
    assert doubted.first == 1
    assert 100 <= doubted.last <= 110


def test_a_batch_larger_than_what_is_kept_is_known() -> None:
    known = Known(most=4)
    trades = [(MARKETS[0], trade_id, 0) for trade_id in range(1, 9)]
    known.note(contents(trades))
    assert known.unlike(contents(trades), {MARKETS[0]: (IdRange(1, 8),)}) == {}


def test_many_small_batches_take_no_more_memory_than_a_large_one() -> None:
    """5,000 batches of a trade in each of two markets; Spark's answer, which has more in it, is not kept with the marks."""

    def taken(batches: list[list[tuple[Market, int, int]]]) -> int:
        tracemalloc.start()
        allocated = pa.total_allocated_bytes()
        known = Known()
        for batch in batches:
            known.note(contents(batch))
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return kept + pa.total_allocated_bytes() - allocated

    trades = [(market, trade_id, 0) for trade_id in range(1, 5_001) for market in MARKETS]
    assert taken([trades[place : place + 2] for place in range(0, len(trades), 2)]) < 2 * taken([trades]) + 100_000


def test_the_markets_that_were_not_asked_for_do_not_count() -> None:
    twice = contents([(market, 7, said) for market in MARKETS for said in (0, 1)])
    assert twice.differing(MARKETS[:1]) == {MARKETS[0]: (IdRange(7, 7),)}
