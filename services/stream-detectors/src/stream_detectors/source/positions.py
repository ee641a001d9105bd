"""Where a reader stands in a stream, and which shards it may read next. Pure: it knows no AWS.

A reshard closes a shard and opens its children. A key's records go on in a child, so a child may be read only when all of its
parents have been read to their end, or are gone from the stream (expired).
"""

from collections.abc import Iterable, Mapping

import msgspec

type Positions = dict[str, str]
"""Shard id → the sequence number of the last record read. A shard that is missing is read from its beginning."""


class Shard(msgspec.Struct, frozen=True):
    """A shard of the stream, and the shards it came from by a split (one) or a merge (two)."""

    shard_id: str
    parents: tuple[str, ...] = ()


def readable(shards: Iterable[Shard], reading: Iterable[str], finished: Iterable[str]) -> list[Shard]:
    """The shards that may be started now: neither being read nor finished, and every parent that is still there is finished."""
    known = {shard.shard_id: shard for shard in shards}
    begun, done = set(reading), set(finished)
    return [
        shard
        for shard in known.values()
        if shard.shard_id not in begun | done and all(parent in done or parent not in known for parent in shard.parents)
    ]


def advance(positions: Mapping[str, str], read: Iterable[tuple[str, str]]) -> Positions:
    """The positions after reading (shard id, sequence number) pairs, in the order they were read."""
    moved = dict(positions)
    moved.update(read)
    return moved


def furthest(read: Iterable[tuple[str, str]]) -> Positions:
    """The furthest position of each shard among (shard id, sequence number) pairs in any order."""
    positions: Positions = {}
    for shard_id, sequence_number in read:
        positions = latest(positions, {shard_id: sequence_number})
    return positions


def latest(one: Mapping[str, str], other: Mapping[str, str]) -> Positions:
    """Shard by shard the further of two positions. Sequence numbers are decimal integers of up to 128 bits and more."""
    return {
        shard: max(one.get(shard, "0"), other.get(shard, "0"), key=int) for shard in sorted(one.keys() | other.keys())
    }
