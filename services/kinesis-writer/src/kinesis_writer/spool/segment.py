"""A file of the spool as the writer knows it: what in it is not accepted yet, and what is not in memory."""

from collections import deque
from collections.abc import Callable
from itertools import pairwise

from coattail_runtime.link import LineBatch


class SpooledBatch:
    """A batch that is held: in memory, on disk or both. `batch` is set while it is not on disk."""

    __slots__ = ("accepted", "batch", "done", "held_at", "in_memory", "offset", "segment", "size")

    def __init__(self, batch: LineBatch | None, accepted: Callable[[], None] | None, held_at: float) -> None:
        self.batch = batch
        self.accepted = accepted
        """Who waits to hear that it is in the stream; nobody where it was held by an earlier process."""
        self.held_at = held_at
        self.in_memory = False
        self.done = False
        """Whether it is in the stream."""
        self.segment: Segment | None = None
        self.offset = 0
        self.size = 0


class Segment:
    """One file. It may be deleted when `finished`."""

    def __init__(self, number: int, size: int = 0, *, scanned: bool = True) -> None:
        self.number = number
        self.size = size
        self.scanned = scanned
        """Whether it is known what is in it; not yet, where an earlier process wrote it."""
        self.descriptor: int | None = None
        """Where it is appended to, as long as it is."""
        self.writing = False
        self.kept = False
        """Whether it stays as it is for the next process: something in it could be neither read nor set aside."""
        self.unread: deque[SpooledBatch] = deque()
        """What is only on disk, in order."""
        self._open: dict[int, SpooledBatch] = {}

    @property
    def finished(self) -> bool:
        """Whether all in it is accepted."""
        return self.scanned and not self.writing and not self.kept and not self._open

    @property
    def oldest(self) -> float | None:
        """When the first of it was held that is not accepted."""
        return next(iter(self._open.values())).held_at if self._open else None

    def add(self, spooled: SpooledBatch, offset: int, size: int) -> None:
        """It is on the disk, at `offset`."""
        spooled.segment, spooled.offset, spooled.size = self, offset, size
        self._open[offset] = spooled
        if not spooled.in_memory:
            spooled.batch = None
            self.unread.append(spooled)

    def close(self, spooled: SpooledBatch) -> None:
        """It is accepted."""
        del self._open[spooled.offset]

    def run(self, most_bytes: int) -> list[SpooledBatch]:
        """The first unread batches that lie one behind the other, as many as fit; the first in any case."""
        first = self.unread[0]
        taken = [first]
        for before, spooled in pairwise(self.unread):
            end = spooled.offset + spooled.size
            if spooled.offset != before.offset + before.size or end - first.offset > most_bytes:
                break
            taken.append(spooled)
        return taken
