"""Frames that go wrong between the market and the socket: drop, duplicate, reorder, corrupt."""

import msgspec

from exchange_simulator.corruption import all_corruptions
from exchange_simulator.misbehaviour import Corruption, Misbehaviour, MisbehaviourKind
from exchange_simulator.source import Emission
from exchange_simulator.tally import Tally


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """One frame to send: an emission's, whole or broken."""

    emission: Emission
    corruption: Corruption | None = None


class FrameFault:
    """A frame misbehaviour under way, with what is left of its count; one may be shared by several markets."""

    def __init__(self, order: Misbehaviour) -> None:
        self.kind = order.kind
        self.left = order.count or 1
        self.replace = order.replace
        self._one_kind = order.corruption
        self._kinds = all_corruptions()

    def corruption(self) -> Corruption:
        """The kind for the next broken frame."""
        return self._one_kind or next(self._kinds)


class FaultLine:
    """What befalls the trades of one market on their way, one fault a trade, in the order the faults were asked for."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._faults: list[FrameFault] = []
        self._held: Emission | None = None

    def add(self, fault: FrameFault) -> None:
        """Put a fault in line."""
        self._faults.append(fault)

    def pass_on(self, emission: Emission) -> list[Delivery]:
        """The frames to send for a trade that is due: usually the one."""
        whole = Delivery(emission)
        if not self._faults and self._held is None:
            return [whole]
        held, self._held = self._held, None
        if held is not None:
            return [whole, Delivery(held)]
        self._faults = [fault for fault in self._faults if fault.left > 0]
        if not self._faults:
            return [whole]
        return self._apply(self._faults[0], whole)

    def release(self) -> list[Delivery]:
        """A trade held back to be overtaken, when none will come to overtake it."""
        held, self._held = self._held, None
        return [] if held is None else [Delivery(held)]

    def _apply(self, fault: FrameFault, whole: Delivery) -> list[Delivery]:
        fault.left -= 1
        if fault.kind is MisbehaviourKind.CORRUPT:
            corruption = fault.corruption()
            self._tally.corrupted(corruption)
            broken = Delivery(whole.emission, corruption)
            return [broken] if fault.replace else [broken, whole]
        self._tally.count(fault.kind)
        if fault.kind is MisbehaviourKind.DUPLICATE:
            return [whole, whole]
        if fault.kind is MisbehaviourKind.REORDER:
            self._held = whole.emission
        return []
