"""One shard: an append-only log of records, read by sequence number."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

MAX_RECORDS_PER_READ = 10_000
MAX_BYTES_PER_READ = 10 * 1024 * 1024
HASH_KEYS = 2**128

# Expired records go in batches: taking them out one by one would move the rest of the list each time.
_TRIM_SLACK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it lies in a shard. `arrived_at`: seconds since the epoch, UTC."""

    sequence_number: int
    partition_key: str
    data: bytes
    arrived_at: float


@dataclass(frozen=True, slots=True)
class Page:
    """What one read gave. The next read goes on behind `last_sequence_number`; `seconds_behind` is how old it is."""

    records: list[Record]
    last_sequence_number: int
    seconds_behind: float


class Shard:
    """A range of hash keys and its records, oldest first. The stream that owns it holds the lock."""

    def __init__(
        self, number: int, first_hash_key: int, last_hash_key: int, starts_at: int, parents: tuple[str, ...] = ()
    ) -> None:
        self.shard_id = f"shardId-{number:012d}"
        self.first_hash_key = first_hash_key
        self.last_hash_key = last_hash_key
        self.starts_at = starts_at
        self.ends_at: int | None = None
        self.parents = parents
        self._records: list[Record] = []
        self._sequence_numbers: list[int] = []

    def __len__(self) -> int:
        return len(self._records)

    @property
    def is_open(self) -> bool:
        return self.ends_at is None

    @property
    def latest(self) -> int:
        """The sequence number of the newest record, or of the shard's start while it is empty."""
        return self._sequence_numbers[-1] if self._sequence_numbers else self.starts_at

    def append(self, record: Record) -> None:
        self._records.append(record)
        self._sequence_numbers.append(record.sequence_number)

    def close(self, at: int) -> None:
        """Takes no more records: from `at` on its keys are its children's. What it holds stays readable."""
        self.ends_at = at

    def expire(self, before: float) -> None:
        """Forgets the records that arrived before `before` (seconds since the epoch)."""
        if self._records and self._records[0].arrived_at < before - _TRIM_SLACK_SECONDS:
            kept_from = bisect_left(self._records, before, key=lambda record: record.arrived_at)
            del self._records[:kept_from]
            del self._sequence_numbers[:kept_from]

    def read(self, after: int, limit: int) -> Page:
        """The records with a sequence number above `after`, at most `limit` and 10 MB of them (one at least)."""
        first = bisect_right(self._sequence_numbers, after)
        records: list[Record] = []
        size = 0
        for record in self._records[first : first + limit]:
            size += len(record.data) + len(record.partition_key)
            if records and size > MAX_BYTES_PER_READ:
                break
            records.append(record)
        last = records[-1].sequence_number if records else after
        newest = self._records[-1].arrived_at if self._records else 0.0
        unread = first + len(records) < len(self._records)
        return Page(records, last, newest - records[-1].arrived_at if records and unread else 0.0)

    def is_read_to_the_end(self, after: int) -> bool:
        """Whether the shard is closed and nothing in it lies above sequence number `after`."""
        return not self.is_open and bisect_right(self._sequence_numbers, after) == len(self._records)

    def sequence_number_before(self, timestamp: float) -> int:
        """The sequence number of the last record that arrived before `timestamp`, or of the shard's start."""
        first = bisect_left(self._records, timestamp, key=lambda record: record.arrived_at)
        return self._sequence_numbers[first - 1] if first else self.starts_at
