"""Trade ids as bitmaps, which Spark aggregates natively, and back as ranges.

Spark's `bitmap_construct_agg` puts ids into buckets of 32,768 bits. A batch of a hundred thousand trades of twenty markets
comes to the driver as a few dozen of them, and a repeated id is in there once.
"""

from collections.abc import Iterator
from typing import Final

from coattail_common.ids import IdRange

BITS: Final = 32_768


def base(bucket: int) -> int:
    """The id of a bucket's first bit.

    Spark numbers the bucket of the ids 1 to 32,768 with 1; bucket 0 holds id 0 alone.
    """
    return 0 if bucket == 0 else (bucket - 1) * BITS + 1


def id_ranges(bucket: int, bitmap: bytes) -> Iterator[IdRange]:
    """The ids of one bucket, as ranges in ascending order. `bucket` is Spark's `bitmap_bucket_number`; ids are not negative."""
    start = base(bucket)
    bits = int.from_bytes(bitmap, "little")
    while bits:
        first = (bits & -bits).bit_length() - 1
        ones = bits >> first
        length = (~ones & (ones + 1)).bit_length() - 1
        yield IdRange(start + first, start + first + length - 1)
        bits = (ones >> length) << (first + length)
