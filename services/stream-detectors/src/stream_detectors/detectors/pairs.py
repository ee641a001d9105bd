"""Pairs of markets that trade the same asset at two exchanges, in quotes of one group."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

import msgspec

from stream_detectors.detectors.basis import Quotes, Ratio
from stream_detectors.detectors.windows import Window


class Pair(msgspec.Struct, frozen=True):
    """The same window of two markets, `one` at the exchange that comes first in the alphabet; both have trades."""

    one: Window
    other: Window
    quotes: Quotes | None
    """None when both have the same quote."""

    @property
    def asset(self) -> str:
        """What both trade."""
        return base(self.one)

    @property
    def key(self) -> str:
        """The pair's name, whatever the window."""
        one, other = self.one.market, self.other.market
        return f"{one.exchange}:{one.symbol}:{other.exchange}:{other.symbol}"

    @property
    def ratio(self) -> Ratio | None:
        """The log rate of the quotes that the pair shows; None when they are the same."""
        if self.quotes is None:
            return None
        return Ratio(
            quotes=self.quotes,
            asset=self.asset,
            exchanges=(self.one.market.exchange, self.other.market.exchange),
            start=self.one.start,
            log_rate=-self._sign * math.log(vwap(self.one) / vwap(self.other)),
        )

    def expected(self, log_rate: float) -> float:
        """How many times more the asset costs in the quote of `one` at this rate of the quotes."""
        return math.exp(-self._sign * log_rate)

    @property
    def _sign(self) -> int:
        # An asset costs the more units of a quote, the less the quote is worth.
        return 1 if self.quotes and quote(self.one) == self.quotes.base else -1


def pairs(windows: Iterable[Window], groups: Mapping[str, Sequence[str]]) -> Iterator[Pair]:
    """The pairs among windows of one time."""
    traded = sorted(
        (window for window in windows if window.volume > 0 and window.amount > 0), key=lambda window: window.market
    )
    for one, other in combinations(traded, 2):
        if one.market.exchange == other.market.exchange or base(one) != base(other):
            continue
        if quote(one) == quote(other):
            yield Pair(one, other, None)
        for group in groups.values():
            if quote(one) != quote(other) and {quote(one), quote(other)} <= set(group):
                # The reference is the group's first.
                reference, later = sorted((quote(one), quote(other)), key=list(group).index)
                yield Pair(one, other, Quotes(later, reference))
                break


def vwap(window: Window) -> float:
    """The volume-weighted average price of a window that has trades, in quote units."""
    return float(window.amount / window.volume)


def base(window: Window) -> str:
    """The asset that a window's market trades."""
    return window.market.symbol.partition("-")[0]


def quote(window: Window) -> str:
    """The currency that its price is in."""
    return window.market.symbol.partition("-")[2]
