"""The connector's copy of what the writer has not accepted yet. Pure: no clock, no socket."""

from collections import deque

import msgspec

from coattail_runtime.link.batching import LineBatch
from coattail_runtime.link.frames import FrameError


class Entry(msgspec.Struct, frozen=True):
    """A batch under its number."""

    seq: int
    batch: LineBatch

    @property
    def size(self) -> int:
        """Bytes of its lines."""
        return len(self.batch.lines)


class Outbox:
    """Batches in order of their number, each unsent, in flight (sent), or held by the writer; accepted ones are gone.

    Bounded by `max_trades` and `max_bytes`: `full` tells when to take no more. A last batch may go beyond the bounds.
    """

    def __init__(self, max_trades: int, max_bytes: int) -> None:
        self._max_trades = max_trades
        self._max_bytes = max_bytes
        self._unsent: deque[Entry] = deque()
        self._flying: deque[Entry] = deque()
        self._held: deque[Entry] = deque()
        self._last = 0
        self.accepted = 0
        """Every batch up to this number is accepted."""
        self.trades = 0
        """Trades that are not accepted."""
        self.bytes = 0
        """Bytes of lines that are not accepted."""
        self.bytes_in_flight = 0
        """Bytes of lines that are sent and not held."""

    @property
    def full(self) -> bool:
        """Whether nothing more should be added."""
        return self.trades >= self._max_trades or self.bytes >= self._max_bytes

    @property
    def empty(self) -> bool:
        """Whether everything added is accepted."""
        return self.accepted == self._last

    @property
    def held(self) -> int:
        """Every batch up to this number is held by the writer, as far as it has said."""
        return self._held[-1].seq if self._held else self.accepted

    def add(self, batch: LineBatch) -> None:
        """Keep a batch, under the next number."""
        self._last += 1
        entry = Entry(self._last, batch)
        self._unsent.append(entry)
        self.trades += batch.count
        self.bytes += entry.size

    def send(self, window: int) -> Entry | None:
        """The next batch to send, now in flight; `None` when there is none or `window` bytes are in flight already."""
        if not self._unsent or self.bytes_in_flight >= window:
            return None
        entry = self._unsent.popleft()
        self._flying.append(entry)
        self.bytes_in_flight += entry.size
        return entry

    def hold(self, seq: int) -> None:
        """The writer holds every batch up to `seq`. Raises `FrameError` for one that was not sent."""
        self._check(seq)
        while self._flying and self._flying[0].seq <= seq:
            entry = self._flying.popleft()
            self.bytes_in_flight -= entry.size
            self._held.append(entry)

    def accept(self, seq: int) -> list[LineBatch]:
        """The writer accepted every batch up to `seq`: they are forgotten, and returned.

        Raises `FrameError` as `hold` does.
        """
        self.hold(seq)
        gone: list[LineBatch] = []
        while self._held and self._held[0].seq <= seq:
            entry = self._held.popleft()
            self.trades -= entry.batch.count
            self.bytes -= entry.size
            self.accepted = entry.seq
            gone.append(entry.batch)
        return gone

    def rewind(self, held: int) -> None:
        """A new connection: the writer there holds every batch up to `held`; what was sent beyond it is sent again."""
        self._check(held)
        sent = [*self._held, *self._flying]
        self._held = deque(entry for entry in sent if entry.seq <= held)
        self._unsent.extendleft(entry for entry in reversed(sent) if entry.seq > held)
        self._flying.clear()
        self.bytes_in_flight = 0

    def _check(self, seq: int) -> None:
        sent = self._unsent[0].seq - 1 if self._unsent else self._last
        if seq > sent:
            problem = f"the writer acknowledged batch {seq}, but {sent} is the last one sent"
            raise FrameError(problem)
