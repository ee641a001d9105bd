"""Closed windows that wait for other exchanges. Two exchanges are compared once both have come to a window's end."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, combinations

from coattail_common.ids import Market
from coattail_detectors.building.windows import Window
from coattail_detectors.modules.spread_calculator.basis import Venues


class Waiting:
    """The closed windows of a start, from the first exchange that has come to its end until the last one has.

    No exchange is waited for that is `patience` µs behind the newest: it counts as being where the newest is, and does not go
    back. So no window is held for longer than that.
    """

    def __init__(self, size: int, patience: float) -> None:
        self._size = size
        self._patience = patience
        self._before: dict[str, int] = {}
        self._reached: dict[str, int] = {}
        self._held: dict[int, dict[str, list[Window]]] = {}

    @property
    def starts(self) -> list[int]:
        """The starts of which windows are held, ascending (UTC, µs)."""
        return sorted(self._held)

    @property
    def markets(self) -> set[Market]:
        """Those of the windows that are held."""
        return {window.market for held in self._held.values() for window in chain.from_iterable(held.values())}

    def advance(self, watermarks: Mapping[str, int]) -> dict[str, int]:
        """Return how far each exchange has come (UTC, µs): what ends by then is closed for it. `watermarks` must not be empty."""
        newest = max(watermarks.values())
        self._before = dict(self._reached)
        for exchange, mark in watermarks.items():
            reached = mark if newest - mark < self._patience else newest
            self._reached[exchange] = max(reached, self._reached.get(exchange, reached))
        return {exchange: self._reached[exchange] for exchange in watermarks}

    def hold(self, windows: Iterable[Window]) -> None:
        """Hold those of the closed windows that have trades."""
        for window in windows:
            if window.trades:
                self._held.setdefault(window.start, defaultdict(list))[window.market.exchange].append(window)

    def due(self, start: int) -> Iterator[tuple[Venues, list[Window]]]:
        """Yield the pairs of exchanges of which the later one came to the end of this window in the last advance."""
        held, end = self._held[start], start + self._size
        for one, other in combinations(sorted(held), 2):
            before = min(self._before.get(one, 0), self._before.get(other, 0))
            if before < end <= min(self._reached[one], self._reached[other]):
                yield (one, other), [*held[one], *held[other]]

    def of(self, start: int) -> list[Window]:
        """The windows held of one start."""
        return [*chain.from_iterable(self._held[start].values())]

    def drop(self, until: int) -> None:
        """Drop the windows that end by `until` (UTC, µs)."""
        self._held = {start: held for start, held in self._held.items() if start + self._size > until}

    def reached(self) -> dict[str, int]:
        """Return how far each exchange has come (UTC, µs)."""
        return dict(self._reached)

    def state(self) -> tuple[Window, ...]:
        """With `reached`, what `restore` goes on from."""
        windows = (window for start in self._held for window in self.of(start))
        return tuple(sorted(windows, key=lambda window: (window.start, window.market)))

    def restore(self, state: Iterable[Window], reached: Mapping[str, int]) -> None:
        """Go on from `state` and `reached`."""
        self._held, self._reached = {}, dict(reached)
        self.hold(state)
