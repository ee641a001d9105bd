"""When records that were read become a batch."""

from collections import deque
from collections.abc import Iterable

from .records import MAX_EVENT_BYTES, StreamRecord


class Batcher:
    """A batch is due when it is full (in records, or in the bytes of its event) or has waited for its window."""

    def __init__(self, size: int, window: float, max_bytes: int = MAX_EVENT_BYTES) -> None:
        """`window`: seconds since the first record was added."""
        self._size = size
        self._window = window
        self._max_bytes = max_bytes
        self._records: deque[StreamRecord] = deque()
        self._bytes = 0
        self._since = 0.0

    def __len__(self) -> int:
        return len(self._records)

    @property
    def room(self) -> int:
        """How many records more make a full batch; 1 at least."""
        return max(1, self._size - len(self._records))

    def add(self, records: Iterable[StreamRecord], now: float) -> None:
        for record in records:
            if not self._records:
                self._since = now
            self._records.append(record)
            self._bytes += record.event_bytes

    def is_due(self, now: float) -> bool:
        if not self._records:
            return False
        is_full = len(self._records) >= self._size or self._bytes >= self._max_bytes
        return is_full or now - self._since >= self._window

    def take(self) -> list[StreamRecord]:
        """The next batch: as many as fit into an event, one at least. What stays has waited as long."""
        batch: list[StreamRecord] = []
        size = 0
        while self._records and len(batch) < self._size:
            size += self._records[0].event_bytes
            if batch and size > self._max_bytes:
                break
            record = self._records.popleft()
            self._bytes -= record.event_bytes
            batch.append(record)
        return batch

    def clear(self) -> None:
        self._records.clear()
        self._bytes = 0
