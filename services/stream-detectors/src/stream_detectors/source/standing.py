"""How far the reader of the stream is behind, told from its process to the driver's by a small file.

A shard that waits behind a backlog is silent for the detectors, and is not idle: its trades are still to come. The reader knows which
shards it has read to their end (`MillisBehindLatest` 0), when, and up to which record. What was in a shard until then is known
to be seen once the driver has processed that record.
"""

from collections import deque
from collections.abc import Mapping
from pathlib import Path

import msgspec

from stream_detectors.source.positions import Positions

FOREVER = 2**62
"""The time (µs) until which a shard that is closed and read out was read: nothing more comes."""
_KEPT = 1_000


class Standing(msgspec.Struct, frozen=True):
    """A shard that began to be answered at `tip_at` (UTC, µs) with all it had, `read_to` being its last record that was read then.

    `tip_at` None: it has not been read to its end yet; `read_to` None: nothing of it has been read by this process.
    """

    tip_at: int | None = None
    read_to: str | None = None


class StandingFile:
    """The file, replaced whole with each change. One process writes it, another reads it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, shards: Mapping[str, Standing]) -> None:
        """Say where every shard of the stream stands."""
        part = self._path.with_name(f"{self._path.name}.part")
        part.write_bytes(msgspec.json.encode(shards))
        part.replace(self._path)

    def read(self) -> dict[str, Standing] | None:
        """Return what was written last; None before anything was."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Standing])
        except FileNotFoundError:
            return None


class Seen:
    """Until when the driver has seen everything of each shard."""

    def __init__(self, file: StandingFile) -> None:
        self._file = file
        self._tips: dict[str, deque[Standing]] = {}
        self._until: dict[str, int] = {}

    def until(self, positions: Positions) -> dict[str, int | None] | None:
        """Return shard → the time (UTC, µs) until which everything in it is seen by who has processed the records up to `positions`.

        None for a shard that was never seen to its end. None for all: what shards there are is not known yet.
        """
        shards = self._file.read()
        if shards is None:
            return None
        for shard_id, standing in shards.items():
            tips = self._tips.setdefault(shard_id, deque(maxlen=_KEPT))
            if standing.tip_at is not None and (not tips or tips[-1] != standing):
                tips.append(standing)
            while tips and _is_past(tips[0], positions.get(shard_id)):
                seen = tips.popleft()
                self._until[shard_id] = max(self._until.get(shard_id, 0), seen.tip_at or 0)
        return {shard_id: self._until.get(shard_id) for shard_id in shards}


def _is_past(standing: Standing, position: str | None) -> bool:
    return standing.read_to is None or (position is not None and int(position) >= int(standing.read_to))
