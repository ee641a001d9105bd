"""Pairs of markets that trade the same asset at two exchanges, in quotes of one group."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

import msgspec

from coattail_common.ids import Market
from coattail_detectors.building.windows import Window
from coattail_detectors.modules.spread_calculator.basis import Quotes, Ratio


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
    """Yield the pairs among windows of one time, by their markets. Only markets of one asset are held against each other: most of
    an exchange's thousand have no other there.
    """
    by_asset: defaultdict[str, list[Window]] = defaultdict(list)
    for window in windows:
        if window.volume > 0 and window.amount > 0:
            by_asset[base(window)].append(window)
    found = (pair for traded in by_asset.values() for pair in _among(traded, groups))
    yield from sorted(found, key=lambda pair: (pair.one.market, pair.other.market))


def _among(traded: list[Window], groups: Mapping[str, Sequence[str]]) -> Iterator[Pair]:
    """The pairs among windows of one asset."""
    exchanges: defaultdict[str, list[Window]] = defaultdict(list)
    for window in traded:
        exchanges[window.market.exchange].append(window)
    both = combinations(sorted(exchanges), 2)
    for one, other in ((one, other) for left, right in both for one in exchanges[left] for other in exchanges[right]):
        if quote(one) == quote(other):
            yield Pair(one, other, None)
        for group in groups.values():
            if quote(one) != quote(other) and {quote(one), quote(other)} <= set(group):
                # The reference is the group's first.
                reference, later = sorted((quote(one), quote(other)), key=list(group).index)
                yield Pair(one, other, Quotes(later, reference))
                break


def rated(markets: Iterable[Market], groups: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the exchanges that show a rate of two quotes: those of an asset that several of them trade in several quotes of a group."""
    traded: defaultdict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for market in markets:
        asset, _, its_quote = market.symbol.partition("-")
        for name, group in groups.items():
            if its_quote in group:
                traded[name, asset].append((market.exchange, its_quote))
    found = set[str]()
    for here in traded.values():
        exchanges = {exchange for exchange, _ in here}
        if len(exchanges) > 1 and len({its_quote for _, its_quote in here}) > 1:
            found |= exchanges
    return found


def vwap(window: Window) -> float:
    """The volume-weighted average price of a window that has trades, in quote units."""
    return float(window.amount / window.volume)


def base(window: Window) -> str:
    """The asset that a window's market trades."""
    return window.market.symbol.partition("-")[0]


def quote(window: Window) -> str:
    """The currency that its price is in."""
    return window.market.symbol.partition("-")[2]
