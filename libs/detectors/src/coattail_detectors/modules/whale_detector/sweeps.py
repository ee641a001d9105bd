"""Sweeps: one taker order that fills many times. Consecutive trade ids of one side in one millisecond are one order's fills."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from coattail_detectors.kernel.exact import total
from coattail_detectors.kernel.observed import Fill


class Run(msgspec.Struct, frozen=True):
    """Consecutive fills of one side in one millisecond, at least one, by ascending id."""

    fills: tuple[Fill, ...]

    @property
    def first(self) -> Fill:
        """The fill with the lowest id."""
        return self.fills[0]

    @property
    def last(self) -> Fill:
        """The fill with the highest id."""
        return self.fills[-1]

    @property
    def amount(self) -> Decimal:
        """What was traded, in quote units."""
        return total(fill.amount for fill in self.fills)

    @property
    def quantity(self) -> Decimal:
        """What was traded, in base units."""
        return total(fill.quantity for fill in self.fills)

    def goes_on_in(self, fill: Fill) -> bool:
        """Whether `fill` is the same order's next."""
        last = self.last
        return (last.trade_id + 1, last.side, last.timestamp // 1000) == (
            fill.trade_id,
            fill.side,
            fill.timestamp // 1000,
        )


def runs(fills: Iterable[Fill]) -> list[Run]:
    """The fills (by ascending id) as runs."""
    found: list[list[Fill]] = []
    for fill in fills:
        if found and Run(tuple(found[-1][-1:])).goes_on_in(fill):
            found[-1].append(fill)
        else:
            found.append([fill])
    return [Run(tuple(part)) for part in found]
