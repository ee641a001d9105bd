"""Which records leave next. Pure: time and chance come in as arguments, and the calls are made elsewhere.

The records of a key leave one after another: a stream promises no order within a call or between calls.
"""

from collections.abc import Callable, Sequence
from math import inf
from random import Random

import msgspec

from coattail_common.lines import SEPARATOR, split
from coattail_runtime.link import LineBatch
from kinesis_writer.lane import Lane, LaneName, LineChunk, PendingRecord
from kinesis_writer.retry import longer, shorter
from kinesis_writer.stream import MAX_CALL_BYTES, MAX_RECORDS, Record, Refusal


class Call(msgspec.Struct, frozen=True):
    """One call to the stream: a record each of several lanes."""

    lanes: tuple[LaneName, ...]
    pending: tuple[PendingRecord, ...]

    @property
    def records(self) -> tuple[Record, ...]:
        """What is put."""
        return tuple(pending.record for pending in self.pending)


class Schedule:
    """The lanes of all keys, and what is out. `now` is always seconds of the same clock."""

    def __init__(self, *, record_bytes: int, record_age: float, random: Random) -> None:
        self._record_bytes = record_bytes
        self._record_age = record_age
        self._random = random
        self._lanes: dict[LaneName, Lane] = {}
        self._wait = 0.0
        self._paused_until = 0.0
        self.flush = False
        """Whether records leave without waiting to be full or old."""

    @property
    def empty(self) -> bool:
        """Whether everything added is accepted."""
        return not self._lanes

    @property
    def oldest(self) -> float:
        """Since when the oldest line waits; infinity when there is none."""
        return min((lane.oldest for lane in self._lanes.values()), default=inf)

    def add(self, batch: LineBatch, accepted: Callable[[], None], now: float) -> None:
        """Put a batch behind the others of its key; `accepted` is called when the last of its lines is in the stream."""
        name = (batch.source, batch.key)
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = Lane(name, record_bytes=self._record_bytes, record_age=self._record_age)
        *parts, last = split(batch.lines, self._record_bytes)
        left = batch.count
        for part in parts:
            count = part.count(SEPARATOR) + 1
            lane.add(LineChunk(part, count, now))
            left -= count
        lane.add(LineChunk(last, left, now, accepted))

    def due(self) -> float:
        """When `next_call` has something to give; infinity when nothing waits."""
        earliest = min((lane.due(flush=self.flush) for lane in self._lanes.values()), default=inf)
        return max(earliest, self._paused_until)

    def next_call(self, now: float) -> Call | None:
        """The records that may leave now, those that are due longest first, within the limits of a call.

        When one must leave, others that are nearly due go with it: a call costs more than its records.
        """
        if now < self.due():
            return None
        due = [(lane.due(flush=self.flush, in_company=True), name) for name, lane in self._lanes.items()]
        names: list[LaneName] = []
        size = 0
        for _, name in sorted(entry for entry in due if entry[0] <= now)[:MAX_RECORDS]:
            size += self._lanes[name].peek().record.size
            if names and size > MAX_CALL_BYTES:
                break
            names.append(name)
        return Call(tuple(names), tuple(self._lanes[name].send() for name in names))

    def settle(self, call: Call, answer: Sequence[Refusal | None], now: float) -> list[PendingRecord]:
        """What the stream said to each record of the call; the records that are in.

        A refused one waits, the others go on.
        """
        self._wait = shorter(self._wait)
        accepted: list[PendingRecord] = []
        for name, refusal in zip(call.lanes, answer, strict=True):
            lane = self._lanes[name]
            if refusal is not None:
                lane.refuse(now, longer(lane.wait, self._random))
                continue
            accepted.append(lane.accept())
            if lane.empty:
                del self._lanes[name]
        return accepted

    def fail(self, call: Call, now: float) -> None:
        """The call failed as a whole: its records go again, and no call is made for a while."""
        for name in call.lanes:
            self._lanes[name].fail()
        self._wait = longer(self._wait, self._random)
        self._paused_until = max(self._paused_until, now + self._wait)
