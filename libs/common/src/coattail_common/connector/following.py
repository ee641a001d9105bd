"""Which markets a connector follows, while the list of them changes. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from coattail_common.connector.markets import Market

type Naming = Callable[[Iterable[str]], Mapping[str, Market]]
"""The markets of symbols under the exchange's names for them; `ValueError` when two would have the same name."""


class Change(msgspec.Struct, frozen=True):
    """What one list of symbols has that another has not."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


def change(before: Sequence[str], after: Sequence[str]) -> Change:
    """What must be done to follow `after` where `before` was followed."""
    old, new = set(before), set(after)
    return Change(
        added=tuple(symbol for symbol in after if symbol not in old),
        removed=tuple(symbol for symbol in before if symbol not in new),
    )


class Followed:
    """The markets by the exchange's names. `wanted` are to be subscribed to, with each connection as they are then.

    `known` are those that frames may be about: until a connection for the wanted ones has taken over, those that are being
    left too. Neither mapping is ever changed; another takes its place.
    """

    def __init__(self, symbols: Iterable[str], naming: Naming) -> None:
        self._naming = naming
        self.wanted = self.known = naming(symbols)
        self._before: tuple[str, ...] | None = None

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of the wanted markets."""
        return _symbols(self.wanted)

    def change(self, symbols: Sequence[str]) -> None:
        """Want these. Raises `ValueError` when two of them, or one and another that is being left, have the same name."""
        known = self._naming(dict.fromkeys((*_symbols(self.known), *symbols)))
        if self._before is None:  # else what is wanted now was not served yet
            self._before = self.symbols
        self.wanted, self.known = self._naming(symbols), known

    def taken_over(self) -> tuple[str, ...]:
        """All frames come from a connection for the wanted markets now. Returns the symbols of those that were left."""
        left = change(_symbols(self.known), self.symbols).removed
        self.known = self.wanted
        return left

    def keep(self) -> None:
        """The exchange serves what is wanted: there is no going back from it."""
        self._before = None

    def go_back(self) -> Change | None:
        """The exchange refuses what is wanted: want what it served last. `None` when there is nothing to go back to."""
        if self._before is None:
            return None
        refused, before = self.symbols, self._before
        self.change(before)
        self._before = None
        return change(refused, before)


def _symbols(markets: Mapping[str, Market]) -> tuple[str, ...]:
    return tuple(market.symbol for market in markets.values())
