"""Marks: a repeat is taken for plain only if the trade before it said the same."""

from collections import defaultdict

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from stream_detectors.bitmaps import BITS, base
from stream_detectors.contents import Bucket, Contents, Known
from stream_detectors.ranges import IdRange, Market, Ranges, merge

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
    return Contents((bucket, pa.array(found, pa.int64())) for bucket, found in marks.items())


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
    known = Known(most=4)
    batches = [[(MARKETS[0], trade_id, 0), (MARKETS[0], trade_id + 1, 0)] for trade_id in (1, 3, 5)]
    for batch in batches:
        known.note(contents(batch))

    again = contents([one for batch in batches for one in batch])
    assert known.unlike(again, {MARKETS[0]: (IdRange(1, 6),)}) == {MARKETS[0]: (IdRange(1, 2),)}


def test_the_markets_that_were_not_asked_for_do_not_count() -> None:
    twice = contents([(market, 7, said) for market in MARKETS for said in (0, 1)])
    assert twice.differing(MARKETS[:1]) == {MARKETS[0]: (IdRange(7, 7),)}
