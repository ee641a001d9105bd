"""All the shards of a stream: a reader for each lane of each, and children not before their parents are done."""

import threading
import weakref
from collections.abc import Callable

from .progress import Lane, Progress
from .seams import ShardInfo, Source
from .settings import MappingSettings, Start

# Runs one lane to its end, on a thread of its own.
RunLane = Callable[[Lane, Start], None]

_FROM_THE_BEGINNING = Start("TRIM_HORIZON")

_open: "weakref.WeakSet[Mapping]" = weakref.WeakSet()
_open_lock = threading.Lock()


class Mapping:
    """`look` finds what is new in the stream; `stopped` is set by `close`, and every reader must heed it."""

    def __init__(self, source: Source, settings: MappingSettings, progress: Progress, run_lane: RunLane) -> None:
        self.stopped = threading.Event()
        self._source = source
        self._settings = settings
        self._progress = progress
        self._run_lane = run_lane
        self._readers: dict[Lane, threading.Thread] = {}
        # The shards that were there at first start where the mapping says; their children, at their beginning.
        self._first: frozenset[str] | None = None
        self._passed_over: frozenset[str] = frozenset()
        with _open_lock:
            _open.add(self)

    def look(self) -> None:
        """Starts a reader wherever one is due. To be called again and again. May raise what the stream's API raises."""
        shards = {shard.shard_id: shard for shard in self._source.shards()}
        if self._first is None:
            self._first = frozenset(shards)
            if self._settings.start.position == "LATEST":
                self._passed_over = frozenset(shard.shard_id for shard in shards.values() if not shard.is_open)
        for shard in shards.values():
            parents = [shards[parent] for parent in shard.parents if parent in shards]
            if not self._is_done(shard) and all(self._is_done(parent) for parent in parents):
                self._read(shard)

    def close(self, timeout: float) -> None:
        """Stops every reader and waits for them, `timeout` seconds at most for each."""
        self.stopped.set()
        for reader in self._readers.values():
            reader.join(timeout)

    def _is_done(self, shard: ShardInfo) -> bool:
        lanes = self._lanes(shard)
        return shard.shard_id in self._passed_over or all(self._progress.is_finished(lane) for lane in lanes)

    def _lanes(self, shard: ShardInfo) -> list[Lane]:
        return [Lane(shard.shard_id, number, self._settings.lanes) for number in range(self._settings.lanes)]

    def _read(self, shard: ShardInfo) -> None:
        is_first = self._first is not None and shard.shard_id in self._first
        start = self._settings.start if is_first else _FROM_THE_BEGINNING
        for lane in self._lanes(shard):
            if lane not in self._readers:
                name = f"{shard.shard_id}-lane-{lane.number}"
                reader = threading.Thread(target=self._run_lane, args=(lane, start), name=name, daemon=True)
                self._readers[lane] = reader
                reader.start()


def stop_all() -> None:
    """Tells every reader to end, and does not wait: those that call a function end when their call does."""
    with _open_lock:
        for mapping in _open:
            mapping.stopped.set()
