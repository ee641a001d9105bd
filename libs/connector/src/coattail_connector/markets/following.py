"""Which markets a connector follows, while the list of them changes. Pure."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec

from coattail_connector.frames.streamed import StreamedMarket
from coattail_connector.markets.markets import Market

type Naming = Callable[[Iterable[str]], Mapping[str, StreamedMarket]]
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
    """The markets by the exchange's names. `listed` are to be followed. Of these, `wanted` are to be subscribed to, with each
    connection as they are then: all but those that the exchange does not serve.

    `known` are those that frames may be about: until a connection for the wanted ones has taken over, those that are being
    left too. No mapping is ever changed; another takes its place.
    """

    def __init__(self, symbols: Iterable[str], naming: Naming) -> None:
        self._naming = naming
        self.listed = self.wanted = self.known = naming(symbols)
        self._unavailable: frozenset[str] = frozenset()

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of the wanted markets."""
        return _symbols(self.wanted)

    @property
    def listed_symbols(self) -> tuple[str, ...]:
        """The symbols of the listed markets."""
        return _symbols(self.listed)

    def change(self, symbols: Sequence[str]) -> None:
        """Follow these. Raises `ValueError` when two of them, or one and another that is being left, have the same name."""
        known = self._naming(dict.fromkeys((*_symbols(self.known), *symbols)))
        self.listed, self.known = self._naming(symbols), known
        self.wanted = self._available()

    def without(self, unavailable: Collection[str]) -> bool:
        """Want all that are listed but these symbols. Returns whether that is a change."""
        self._unavailable = frozenset(unavailable)
        wanted = self._available()
        if wanted.keys() == self.wanted.keys():
            return False
        self.wanted = wanted
        return True

    def taken_over(self) -> tuple[str, ...]:
        """All frames come from a connection for the wanted markets now. Returns the symbols of those that were left.

        A market that is not served is not left: its numbering is kept for when it is served again.
        """
        left = change(_symbols(self.known), self.listed_symbols).removed
        self.known = self.listed
        return left

    def _available(self) -> Mapping[str, StreamedMarket]:
        return {name: market for name, market in self.listed.items() if market.symbol not in self._unavailable}


def _symbols(markets: Mapping[str, Market]) -> tuple[str, ...]:
    return tuple(market.symbol for market in markets.values())
