"""How far a mapping has come in each shard. Outlives a mapping's update, which gives it new readers."""

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lane:
    """One of a shard's `of` lanes, from 0: as many batches of a shard are processed at a time as it has lanes."""

    shard_id: str
    number: int = 0
    of: int = 1


class Progress:
    """Positions only rise: an old reader that ends late cannot take back what its successor has done."""

    def __init__(self) -> None:
        self._positions: dict[Lane, int] = {}
        self._finished: set[Lane] = set()
        self._lock = threading.Lock()

    def position(self, lane: Lane) -> str | None:
        """The sequence number up to which the lane is done; None before its first."""
        with self._lock:
            position = self._positions.get(lane)
            return None if position is None else str(position)

    def advance(self, lane: Lane, sequence_number: str) -> None:
        with self._lock:
            self._positions[lane] = max(int(sequence_number), self._positions.get(lane, 0))

    def finish(self, lane: Lane) -> None:
        """The shard is closed, and the lane has come to its end."""
        with self._lock:
            self._finished.add(lane)

    def is_finished(self, lane: Lane) -> bool:
        with self._lock:
            return lane in self._finished
