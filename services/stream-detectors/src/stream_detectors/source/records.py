"""The seam of the source: something that yields a stream's records, a chunk at a time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import msgspec

from stream_detectors.source.positions import Positions

_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class StreamRecord(msgspec.Struct, frozen=True):
    """One record of the stream as the service returns it."""

    data: bytes
    partition_key: str
    sequence_number: str
    shard_id: str
    arrived_at: datetime

    @property
    def arrived_micros(self) -> int:
        """When it arrived (UTC, µs)."""
        return (self.arrived_at - _EPOCH) // _MICROSECOND


def utc(micros: int) -> datetime:
    """Return the time of so many µs (UTC)."""
    return _EPOCH + timedelta(microseconds=micros)


class RecordReader(Protocol):
    """Reads a stream onwards from the positions it was opened at."""

    def take(self, limit: int) -> Sequence[StreamRecord]:
        """What has arrived since the last call, at most `limit` bytes of it (and at least one record if there is any), in the order
        of each shard. Does not wait: empty when there is nothing new. Raises what made reading impossible."""
        ...

    def close(self) -> None:
        """Stop reading."""
        ...


class OpenReader(Protocol):
    """Opens a reader at given positions."""

    def __call__(self, positions: Positions) -> RecordReader:
        """A reader that goes on after `positions`."""
        ...
