"""One key of a source on its way to the stream: its lines are packed into records, and one leaves after the other is in."""

from collections import deque
from collections.abc import Callable
from math import inf
from typing import Final

import msgspec

from coattail_common.lines import SEPARATOR, pack
from kinesis_writer.retry import shorter
from kinesis_writer.stream import MAX_RECORD_BYTES, Record

LAGGING: Final = 10
"""How many times larger than usual a record may be that had to wait for the one before it.

One record of a key is out at a time: where a round trip is long, only larger ones let it catch up.
"""
_KEY_BYTES: Final = 256

type LaneName = tuple[str, str]
"""Source and key of the batches of a lane: of trades, exchange and symbol."""


class LineChunk(msgspec.Struct, frozen=True):
    """Consecutive lines that are not split further. `accepted` is called once they are in the stream."""

    lines: bytes
    count: int
    since: float
    accepted: Callable[[], None] | None = None


class PendingRecord(msgspec.Struct, frozen=True):
    """A record and the chunks it is made of."""

    record: Record
    chunks: tuple[LineChunk, ...]

    @property
    def count(self) -> int:
        """How many lines it has."""
        return sum(chunk.count for chunk in self.chunks)

    @property
    def held_bytes(self) -> int:
        """Bytes of its chunks."""
        return sum(len(chunk.lines) for chunk in self.chunks)


class Lane:
    """Pieces in order, and the one record that is out or waits to be put again. Times are seconds of one clock."""

    def __init__(self, name: LaneName, *, record_bytes: int, record_age: float) -> None:
        self._partition_key = name[1]
        self._record_bytes = record_bytes
        self._most_bytes = max(record_bytes, min(LAGGING * record_bytes, MAX_RECORD_BYTES - _KEY_BYTES))
        self._record_age = record_age
        self._chunks: deque[LineChunk] = deque()
        self._waiting_bytes = 0
        self._pending: PendingRecord | None = None
        self._out = False
        self._retry_at = 0.0
        self.wait = 0.0
        """What it waited after the last refusal, in seconds; less after each record that is accepted."""

    @property
    def empty(self) -> bool:
        """Whether everything put is accepted."""
        return self._pending is None and not self._chunks

    @property
    def oldest(self) -> float:
        """Since when its oldest line waits; infinity when it is empty."""
        if self._pending is not None:
            return self._pending.chunks[0].since
        return self._chunks[0].since if self._chunks else inf

    def add(self, chunk: LineChunk) -> None:
        """Put a chunk behind the others."""
        self._chunks.append(chunk)
        self._waiting_bytes += len(chunk.lines) + len(SEPARATOR)

    def due(self, *, flush: bool, in_company: bool = False) -> float:
        """When it has something to send: a record to repeat, a full record, or an old one (`flush`: any).

        `in_company`, with others that leave anyway, half as old is old enough.
        """
        if self._out:
            return inf
        if self._pending is not None:
            return self._retry_at
        if not self._chunks:
            return inf
        if flush or self._waiting_bytes > self._record_bytes:
            return self.oldest
        return self.oldest + (self._record_age / 2 if in_company else self._record_age)

    def peek(self) -> PendingRecord:
        """What `send` would send."""
        if self._pending is None:
            self._pending = self._pack()
        return self._pending

    def send(self) -> PendingRecord:
        """The record to send now; the lane waits until it is accepted or refused."""
        pending = self.peek()
        self._out = True
        return pending

    def accept(self) -> PendingRecord:
        """The record is in the stream; it is returned, and the next may go."""
        pending = self.peek()
        self._pending, self._out, self.wait = None, False, shorter(self.wait)
        return pending

    def refuse(self, now: float, wait: float) -> None:
        """The record was not taken; it goes again, the same, after `wait` seconds at the earliest."""
        self._out = False
        self._retry_at = now + wait
        self.wait = wait

    def fail(self) -> None:
        """The record's call failed, which says nothing of the key; it goes again, the same."""
        self._out = False

    def _pack(self) -> PendingRecord:
        """As many chunks as fit into one record; the first in any case. More than usual only where more has come to wait."""
        taken = [self._chunks.popleft()]
        size = len(taken[0].lines)
        while self._chunks and size + len(SEPARATOR) + len(self._chunks[0].lines) <= self._most_bytes:
            taken.append(self._chunks.popleft())
            size += len(SEPARATOR) + len(taken[-1].lines)
        self._waiting_bytes -= size + len(SEPARATOR)
        payload = pack(chunk.lines for chunk in taken)
        return PendingRecord(Record(self._partition_key, payload), tuple(taken))
