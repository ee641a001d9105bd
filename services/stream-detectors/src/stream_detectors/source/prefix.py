"""What a batch takes of a shard: the same records, whenever and wherever they are read.

A batch begins after a record and ends before the first record that arrived after its moment. Kinesis never changes a record or puts
one between others, so a task that is run again reads the same. The moment lies a little in the past: a record that arrived before
it can be read by now.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from stream_detectors.source.positions import Positions
from stream_detectors.source.records import StreamRecord

SETTLED_MILLIS: Final = 150
"""A batch ends so long before it is planned. Kinesis serves a record to readers within some tens of milliseconds of its arrival."""


class ShardStart(msgspec.Struct, frozen=True):
    """A shard, and the sequence number of the last record before the batch; None: the batch begins with the shard."""

    shard_id: str
    after: str | None = None


class BatchPlan(msgspec.Struct, frozen=True):
    """A batch before it is read: its `number`, and where it begins in each shard that it reads. `after` has no entry for a shard that
    is read from its beginning."""

    number: int
    shards: tuple[str, ...] = ()
    after: Positions = {}

    def starts(self) -> list[ShardStart]:
        """Return where it begins in each shard."""
        return [ShardStart(shard_id, self.after.get(shard_id)) for shard_id in self.shards]


class Cut(msgspec.Struct, frozen=True):
    """The first records of some, and whether the batch ends with them."""

    taken: Sequence[StreamRecord]
    is_end: bool


def cut(records: Sequence[StreamRecord], until: int, left: int, *, is_first: bool) -> Cut:
    """Return those of a shard's next records that belong to the batch, which ends at `until` (UTC, µs) and has room for `left` bytes.

    `is_first`: the batch has no record of the shard yet; then one record has room, however large it is.
    """
    size = 0
    for number, record in enumerate(records):
        size += len(record.data)
        is_full = size > left and not (is_first and number == 0)
        if is_full or record.arrived_micros > until:
            return Cut(records[:number], is_end=True)
    return Cut(records, is_end=size >= left)
