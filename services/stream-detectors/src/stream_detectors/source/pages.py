"""The seam of reading by shards: the pages of one shard, from any place in it, as often as they are asked for."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from stream_detectors.source.positions import Shard
from stream_detectors.source.records import StreamRecord


class Page(msgspec.Struct, frozen=True):
    """Consecutive records of a shard. `following` is where the next page begins; None: the shard is closed, and this was its last.

    `is_tip`: the shard held nothing after these records when it was asked, at `asked_at` (UTC, µs).
    """

    records: Sequence[StreamRecord]
    following: str | None
    is_tip: bool
    asked_at: int


class Pages(Protocol):
    """The pages of a stream's shards."""

    def shards(self) -> list[Shard]:
        """Return every shard that the stream still has, closed ones too."""
        ...

    def after(self, shard_id: str, sequence_number: str | None) -> str:
        """Return where the page begins that follows the record; None: the shard's first page that is kept."""
        ...

    def page(self, shard_id: str, place: str) -> Page:
        """Return the page at a place. Raises `ExpiredPlaceError` when the place is too old, and what makes reading impossible."""
        ...


class ExpiredPlaceError(Exception):
    """A place of a shard is no longer known: ask by the last record's sequence number."""
