"""Bitmaps come back as the ids that went in. The encoding itself is Spark's: `test_observation` shows that both agree."""

from hypothesis import given
from hypothesis import strategies as st

from stream_detectors.bitmaps import BITS, id_ranges


def bitmap(positions: set[int]) -> bytes:
    bits = 0
    for position in positions:
        bits |= 1 << position
    return bits.to_bytes(BITS // 8, "little")


@given(st.sets(st.integers(min_value=0, max_value=BITS - 1), max_size=50), st.integers(min_value=1, max_value=10**9))
def test_every_id_comes_back(positions: set[int], bucket: int) -> None:
    found = {number for ids in id_ranges(bucket, bitmap(positions)) for number in range(ids.first, ids.last + 1)}

    assert found == {(bucket - 1) * BITS + 1 + position for position in positions}


def test_a_full_bucket_is_one_range() -> None:
    (ids,) = id_ranges(2, b"\xff" * (BITS // 8))

    assert (ids.first, ids.last) == (BITS + 1, 2 * BITS)


def test_bucket_zero_holds_id_zero() -> None:
    assert [(ids.first, ids.last) for ids in id_ranges(0, bitmap({0}))] == [(0, 0)]
