"""The quote basis: what one quote currency is worth in another of its group, as the assets that both venues trade say it."""

import math
from collections.abc import Iterable
from statistics import median

import msgspec

from coattail_common.contracts import BasisSource


class Quotes(msgspec.Struct, frozen=True, order=True):
    """Two quote currencies of a group; the rate is what one `base` is worth in `quote`."""

    base: str
    quote: str


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """The newest log rate of two quotes that an asset at two exchanges showed, and the start of its window (UTC, µs)."""

    quotes: Quotes
    asset: str
    exchanges: tuple[str, str]
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
    assumed to be zero.
    """

    def __init__(self, age: int, least: int) -> None:
        self._age = age
        self._least = least
        self._ratios: dict[tuple[Quotes, str, tuple[str, str]], Ratio] = {}

    def note(self, ratios: Iterable[Ratio], now: int) -> None:
        """Take the ratios of the window that starts at `now` (UTC, µs), and drop those that are too old by then."""
        for ratio in ratios:
            self._ratios[ratio.quotes, ratio.asset, ratio.exchanges] = ratio
        self._ratios = {key: one for key, one in self._ratios.items() if now - one.start <= self._age}

    def of(self, quotes: Quotes) -> Basis:
        """The basis of two quotes."""
        ratios = [one for one in self._ratios.values() if one.quotes == quotes]
        assets = len({one.asset for one in ratios})
        if assets < self._least:
            return Basis(0.0, BasisSource.ASSUMED, assets)
        return Basis(median(one.log_rate for one in ratios), BasisSource.ESTIMATED, assets)

    def state(self) -> tuple[Ratio, ...]:
        """What `restore` goes on from."""
        return tuple(self._ratios[key] for key in sorted(self._ratios))

    def restore(self, state: Iterable[Ratio]) -> None:
        """Go on from `state`."""
        self._ratios = {(one.quotes, one.asset, one.exchanges): one for one in state}
