"""The quote basis: what one quote currency is worth in another of its group, as the assets that both venues trade say it."""

import math
from collections.abc import Iterable

import msgspec

from coattail_detectors.modules.spread_calculator.alerts import BasisSource

type Venues = tuple[str, str]
"""Two exchanges, in the order of the alphabet."""


class Quotes(msgspec.Struct, frozen=True, order=True):
    """Two quote currencies of a group; the rate is what one `base` is worth in `quote`."""

    base: str
    quote: str


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """The newest log rate of two quotes that an asset at two exchanges showed, and the start of its window (UTC, µs)."""

    quotes: Quotes
    asset: str
    exchanges: Venues
    start: int
    log_rate: float


class Basis(msgspec.Struct, frozen=True):
    """The log of a rate, where it comes from, and over how many assets."""

    log_rate: float
    source: BasisSource
    symbols: int

    @property
    def percent(self) -> float:
        """How far the rate is from parity, in percent."""
        return math.expm1(self.log_rate) * 100


PARITY = Basis(0.0, BasisSource.SAME, 0)
"""That of a quote with itself."""


class Bases:
    """The bases of all pairs of quotes: medians over the assets, each by its newest ratio if that is no older than `age` µs.

    With fewer than `least` assets the median would swallow the very divergence that it is to tell from a basis: it is then
    assumed to be zero. Some exchanges are ahead of others, so what a basis was at an earlier window can still be asked for.
    """

    def __init__(self, age: int, least: int) -> None:
        self._age = age
        self._least = least
        self._ratios: dict[tuple[Quotes, Venues], dict[str, list[Ratio]]] = {}

    def note(self, ratios: Iterable[Ratio]) -> None:
        """Take ratios, those of two exchanges by ascending start."""
        for ratio in ratios:
            known = self._ratios.setdefault((ratio.quotes, ratio.exchanges), {}).setdefault(ratio.asset, [])
            if known and known[-1].start == ratio.start:
                known.pop()
            known.append(ratio)

    def seen(self, start: int) -> list[Quotes]:
        """The quotes that have a ratio in the window that starts at `start` (UTC, µs)."""
        return sorted(
            {
                quotes
                for (quotes, _), assets in self._ratios.items()
                if any(one.start == start for known in assets.values() for one in reversed(known))
            }
        )

    def of(self, quotes: Quotes, start: int, venues: Venues | None = None) -> Basis:
        """The basis of two quotes at these two exchanges, or at all, as the windows until that of `start` (UTC, µs) have it."""
        ratios = [
            ratio
            for (which, where), assets in self._ratios.items()
            if which == quotes and venues in (None, where)
            for known in assets.values()
            if (ratio := self._newest(known, start))
        ]
        assets = len({one.asset for one in ratios})
        if assets < self._least:
            return Basis(0.0, BasisSource.ASSUMED, assets)
        return Basis(_median(one.log_rate for one in ratios), BasisSource.ESTIMATED, assets)

    def forget(self, start: int) -> None:
        """Drop what no window needs that starts at `start` (UTC, µs) or later."""
        self._ratios = {
            which: {asset: kept for asset, known in assets.items() if (kept := self._needed(known, start))}
            for which, assets in self._ratios.items()
        }

    def state(self) -> tuple[Ratio, ...]:
        """What `restore` goes on from."""
        ratios = (one for assets in self._ratios.values() for known in assets.values() for one in known)
        return tuple(sorted(ratios, key=lambda one: (one.quotes, one.asset, one.exchanges, one.start)))

    def restore(self, state: Iterable[Ratio]) -> None:
        """Go on from `state`."""
        self._ratios = {}
        self.note(state)

    def _newest(self, known: list[Ratio], start: int) -> Ratio | None:
        for one in reversed(known):
            if one.start <= start:
                return one if start - one.start <= self._age else None
        return None

    def _needed(self, known: list[Ratio], start: int) -> list[Ratio]:
        newest = self._newest(known, start)
        return [one for one in known if one is newest or one.start > start]


def _median(values: Iterable[float]) -> float:
    # `statistics` takes a tenth of the time in which all modules are loaded.
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
