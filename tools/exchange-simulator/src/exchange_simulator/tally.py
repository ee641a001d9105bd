"""What the simulator did wrong on purpose, counted, so that a run can be judged against it."""

from collections import Counter

import msgspec

from exchange_simulator.misbehaviour import Corruption, MisbehaviourKind


class Misbehaved(msgspec.Struct, frozen=True):
    """Counts by kind: trades for frame faults, connections for disconnect and stall, requests for REST faults.

    ``corruptions`` splits ``kinds["corrupt"]`` by how the frame was broken.
    """

    kinds: dict[str, int]
    corruptions: dict[str, int]


class Tally:
    """Counts misbehaviour as it happens (not as it was ordered)."""

    def __init__(self) -> None:
        self._kinds: Counter[str] = Counter()
        self._corruptions: Counter[str] = Counter()

    def count(self, kind: MisbehaviourKind, times: int = 1) -> None:
        """Note that something was done."""
        if times:
            self._kinds[kind.value] += times

    def corrupted(self, corruption: Corruption) -> None:
        """Note a broken frame."""
        self._kinds[MisbehaviourKind.CORRUPT.value] += 1
        self._corruptions[corruption.value] += 1

    def totals(self) -> Misbehaved:
        """The counts so far."""
        return Misbehaved(kinds=dict(self._kinds), corruptions=dict(self._corruptions))
