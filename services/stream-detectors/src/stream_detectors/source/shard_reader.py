"""Reading a batch's part of one shard. The process that reads keeps what it read too much, so that the next batch finds it there.

What is kept saves calls and decides nothing: a process that kept nothing reads the same records.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import msgspec

from stream_detectors.source.pages import ExpiredPlaceError, Pages
from stream_detectors.source.positions import Shard
from stream_detectors.source.prefix import ShardStart, cut
from stream_detectors.source.records import StreamRecord

FOREVER: Final = 2**62
"""The time (µs) until which a shard that is closed and read out was read: nothing more comes."""
_MOST_KEPT: Final = 512
"""Shards of which a process keeps where it stands."""


class ShardRead(msgspec.Struct, frozen=True):
    """What a batch has of a shard.

    Everything that arrived in it until `seen_until` (UTC, µs) is among these records or before them; None: the batch was full before.
    """

    shard_id: str
    records: Sequence[StreamRecord]
    seen_until: int | None

    @property
    def is_finished(self) -> bool:
        """Whether the shard is closed, and these are its last records."""
        return self.seen_until == FOREVER


class _Left(msgspec.Struct, frozen=True):
    """Records after the last batch, and the place after them."""

    after: str | None
    records: Sequence[StreamRecord]
    following: str | None
    is_tip: bool = False
    asked_at: int = 0


class ShardReader:
    """Reads the shards of one stream, for any number of threads that read different shards."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Left] = OrderedDict()

    def shards(self) -> list[Shard]:
        """See `Pages.shards`."""
        return self._pages.shards()

    def read(self, start: ShardStart, until: int, most_bytes: int) -> ShardRead:
        """Read the shard from `start` to the end of the batch at `until` (UTC, µs); at most `most_bytes`, and one record at least.

        Reads on over pages without records until the end of the batch is sure: until a record that arrived later, or the shard's tip.
        """
        left = self._take(start)
        if left is None:
            left = _Left(start.after, (), self._pages.after(start.shard_id, start.after))
        taken: list[StreamRecord] = []
        size = 0
        is_fresh = False
        while True:
            found = cut(left.records, until, most_bytes - size, is_first=not taken)
            taken += found.taken
            size += sum(len(one.data) for one in found.taken)
            rest = left.records[len(found.taken) :]
            last = taken[-1].sequence_number if taken else start.after
            if found.is_end or rest:
                self._keep(start.shard_id, msgspec.structs.replace(left, after=last, records=rest))
                is_later = bool(rest) and rest[0].arrived_micros > until
                return ShardRead(start.shard_id, taken, until if is_later else None)
            if left.following is None:
                return ShardRead(start.shard_id, taken, FOREVER)
            # What was kept says where the tip was then. A clock that is behind the driver's must not make this ask for ever.
            if left.is_tip and (is_fresh or left.asked_at >= until):
                self._keep(start.shard_id, _Left(last, (), left.following))
                return ShardRead(start.shard_id, taken, left.asked_at)
            left, is_fresh = self._next(start.shard_id, last, left.following), True

    def _next(self, shard_id: str, after: str | None, place: str) -> _Left:
        try:
            page = self._pages.page(shard_id, place)
        except ExpiredPlaceError:
            page = self._pages.page(shard_id, self._pages.after(shard_id, after))
        return _Left(after, page.records, page.following, page.is_tip, page.asked_at)

    def _take(self, start: ShardStart) -> _Left | None:
        with self._lock:
            left = self._kept.pop(start.shard_id, None)
        return left if left is not None and left.after == start.after else None

    def _keep(self, shard_id: str, left: _Left) -> None:
        with self._lock:
            self._kept[shard_id] = left
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
