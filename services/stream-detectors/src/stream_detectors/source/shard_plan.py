"""Which shards the next batch reads, and from where. The driver keeps it, and says it to the source by a file.

The source is asked by Spark in a process of its own, which knows nothing of what a batch came to. So the driver writes the next plan
when it has processed a batch; the source only adds the moment at which the batch ends.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from stream_detectors.source.positions import Positions, Shard, latest, readable
from stream_detectors.source.prefix import BatchPlan


class PlanFile:
    """The file, replaced whole with each plan. One process writes it, another reads it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, plan: BatchPlan) -> None:
        """Say what the next batch reads."""
        part = self.path.with_name(f"{self.path.name}.part")
        part.write_bytes(msgspec.json.encode(plan))
        part.replace(self.path)

    def read(self) -> BatchPlan:
        """Return what the next batch reads. Raises `FileNotFoundError` before anything was written."""
        return msgspec.json.decode(self.path.read_bytes(), type=BatchPlan)


class ReadTo(msgspec.Struct, frozen=True, array_like=True):
    """How far a batch has read a shard: to its last record, if it had one, and until when it has seen everything (UTC, µs)."""

    shard_id: str
    last: str | None
    seen_until: int | None
    is_finished: bool = False


class ShardPlan:
    """Where the application stands in each shard. A shard's children are read once it has been read to its end."""

    def __init__(self, list_shards: Callable[[], list[Shard]], positions: Positions, file: PlanFile) -> None:
        self._list_shards = list_shards
        self._positions = positions
        self._file = file
        self._number = 0
        self._reading: set[str] = set()
        self._finished: set[str] = set()
        self._until: dict[str, int | None] = {}
        self._begin()

    def note(self, reads: Iterable[ReadTo]) -> None:
        """Take what a batch has read, and plan the next one."""
        has_finished = False
        reads = list(reads)
        self._until = dict(self.seen_until(reads))
        for one in reads:
            if one.last is not None:
                self._positions = latest(self._positions, {one.shard_id: one.last})
            if one.is_finished:
                self._reading.discard(one.shard_id)
                self._finished.add(one.shard_id)
                has_finished = True
        if has_finished:
            self._begin()
        else:
            self._write()

    def seen_until(self, reads: Iterable[ReadTo] = ()) -> Mapping[str, int | None]:
        """Return each shard of the stream with the time (UTC, µs) until which everything in it is seen, once `reads` are; None: it
        never was.
        """
        until = dict(self._until)
        for one in reads:
            if one.seen_until is not None:
                until[one.shard_id] = max(until.get(one.shard_id) or 0, one.seen_until)
        return until

    def _begin(self) -> None:
        shards = self._list_shards()
        known = {one.shard_id for one in shards}
        self._finished &= known
        self._reading |= {one.shard_id for one in readable(shards, self._reading, self._finished)}
        self._until = {name: self._until.get(name) for name in known}
        self._write()

    def _write(self) -> None:
        self._number += 1
        after = {name: self._positions[name] for name in self._reading if name in self._positions}
        self._file.write(BatchPlan(self._number, tuple(sorted(self._reading)), after))
