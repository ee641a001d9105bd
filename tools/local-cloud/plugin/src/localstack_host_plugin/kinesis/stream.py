"""One stream: its shards, which of them takes a key, and how they split and merge."""

import hashlib
import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .errors import InvalidArgumentError, ResourceInUseError, ResourceNotFoundError
from .shard import HASH_KEYS, Page, Record, Shard

ON_DEMAND_SHARDS = 4

# As wide as the real ones (56 digits), so that a consumer that keeps them in 64 bits fails here too.
_FIRST_SEQUENCE_NUMBER = 49_600_000_000 * 10**45

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Entry:
    """A record on its way in. `hash_key` is the caller's explicit one, if any."""

    partition_key: str
    data: bytes
    hash_key: int | None = None

    def place(self) -> int:
        """The hash key by which the record finds its shard: MD5 of the partition key, unless given."""
        if self.hash_key is not None:
            return self.hash_key
        return int.from_bytes(hashlib.md5(self.partition_key.encode(), usedforsecurity=False).digest())


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a record was put."""

    shard_id: str
    sequence_number: int


@dataclass(slots=True)
class StreamSettings:
    """What describes a stream and does not change where its records go."""

    mode: str
    retention_hours: int = 24
    encryption_type: str = "NONE"
    key_id: str | None = None
    tags: dict[str, str] = field(default_factory=dict)


class Stream:
    """Shards in the order of their making. Every method is safe to call from many threads."""

    def __init__(self, arn: str, shard_count: int, settings: StreamSettings, clock: Clock) -> None:
        self.arn = arn
        self.name = arn.rpartition("/")[2]
        self.settings = settings
        self.created_at = clock()
        self._clock = clock
        self._lock = threading.Lock()
        self._last_sequence_number = _FIRST_SEQUENCE_NUMBER
        self._shards: dict[str, Shard] = {}
        bounds = [HASH_KEYS * index // shard_count for index in range(shard_count + 1)]
        for first, end in itertools.pairwise(bounds):
            self._add_shard(first, end - 1)

    def shards(self) -> list[Shard]:
        with self._lock:
            return list(self._shards.values())

    def open_shards(self) -> list[Shard]:
        """Those that take records, by their hash keys."""
        return sorted((shard for shard in self.shards() if shard.is_open), key=lambda shard: shard.first_hash_key)

    def children(self, shard_id: str) -> list[Shard]:
        return [shard for shard in self.shards() if shard_id in shard.parents]

    def shard(self, shard_id: str) -> Shard:
        """Raises `ResourceNotFoundError`."""
        try:
            return self._shards[shard_id]
        except KeyError:
            raise ResourceNotFoundError(f"Could not find shard {shard_id} in stream {self.name}") from None

    def put(self, entries: Sequence[Entry]) -> list[Placed]:
        """Appends the entries in their order; each gets a sequence number above all before it."""
        with self._lock:
            now = self._clock()
            open_shards = [shard for shard in self._shards.values() if shard.is_open]
            for shard in open_shards:
                shard.expire(now - self.settings.retention_hours * 3600)
            return [self._append(entry, open_shards, now) for entry in entries]

    def read(self, shard_id: str, after: int, limit: int) -> Page:
        shard = self.shard(shard_id)
        with self._lock:
            return shard.read(after, limit)

    def split(self, shard_id: str, new_first_hash_key: int) -> None:
        """Closes the shard and opens two children, the second from the new key on. Records stay where they are."""
        shard = self.shard(shard_id)
        with self._lock:
            self._require_open(shard)
            if not shard.first_hash_key < new_first_hash_key <= shard.last_hash_key:
                raise InvalidArgumentError(
                    f"NewStartingHashKey {new_first_hash_key} is not inside shard {shard_id} of stream {self.name}: "
                    f"{shard.first_hash_key} to {shard.last_hash_key}"
                )
            shard.close(self._next_sequence_number())
            self._add_shard(shard.first_hash_key, new_first_hash_key - 1, (shard_id,))
            self._add_shard(new_first_hash_key, shard.last_hash_key, (shard_id,))

    def merge(self, shard_id: str, adjacent_shard_id: str) -> None:
        """Closes both shards and opens one child over their hash keys, which must lie side by side."""
        pair = (self.shard(shard_id), self.shard(adjacent_shard_id))
        lower, upper = sorted(pair, key=lambda shard: shard.first_hash_key)
        with self._lock:
            for shard in pair:
                self._require_open(shard)
            if lower.last_hash_key + 1 != upper.first_hash_key:
                raise InvalidArgumentError(
                    f"Shards {shard_id} and {adjacent_shard_id} of stream {self.name} are not adjacent"
                )
            end = self._next_sequence_number()
            for shard in pair:
                shard.close(end)
            self._add_shard(lower.first_hash_key, upper.last_hash_key, (shard_id, adjacent_shard_id))

    def resize(self, shard_count: int) -> None:
        """Splits the widest or merges the narrowest neighbours until `shard_count` shards are open."""
        while len(self.open_shards()) < shard_count:
            widest = max(self.open_shards(), key=lambda shard: shard.last_hash_key - shard.first_hash_key)
            self.split(widest.shard_id, (widest.first_hash_key + widest.last_hash_key) // 2 + 1)
        while len(self.open_shards()) > shard_count:
            shards = self.open_shards()
            pairs = itertools.pairwise(shards)
            lower, upper = min(pairs, key=lambda pair: pair[1].last_hash_key - pair[0].first_hash_key)
            self.merge(lower.shard_id, upper.shard_id)

    def _append(self, entry: Entry, open_shards: list[Shard], now: float) -> Placed:
        place = entry.place()
        shard = next(shard for shard in open_shards if shard.first_hash_key <= place <= shard.last_hash_key)
        sequence_number = self._next_sequence_number()
        shard.append(Record(sequence_number, entry.partition_key, entry.data, now))
        return Placed(shard.shard_id, sequence_number)

    def _next_sequence_number(self) -> int:
        self._last_sequence_number += 1
        return self._last_sequence_number

    def _add_shard(self, first_hash_key: int, last_hash_key: int, parents: tuple[str, ...] = ()) -> None:
        shard = Shard(len(self._shards), first_hash_key, last_hash_key, self._next_sequence_number(), parents)
        self._shards[shard.shard_id] = shard

    def _require_open(self, shard: Shard) -> None:
        if not shard.is_open:
            raise ResourceInUseError(f"Shard {shard.shard_id} of stream {self.name} has already been split or merged")
