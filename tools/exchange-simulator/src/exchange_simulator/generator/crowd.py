"""A volume spike: the many who trade in one market besides those who always do."""

import heapq
from collections.abc import Iterator

import msgspec

from exchange_simulator.generator.background import BUDGET_USD, Cluster, usual_usd_per_second
from exchange_simulator.generator.episodes import Episode, occurrences, spikes_of
from exchange_simulator.generator.seeded import seeded
from exchange_simulator.model import Market, TakerSide
from exchange_simulator.plans import VolumeSpikePlan
from exchange_simulator.scenario import Scenario

MOST_USD_PER_SECOND = 0.4 * BUDGET_USD * 1000
"""A market never trades more than this, or its milliseconds would fill up and the spike would outlast its end."""

_LARGEST_MEAN_USD = 25_000.0
_SPREAD = 0.6


class Crowd:
    """The spikes of one market: orders of one fill each, evenly many buys and sells, well below a whale.

    There are at least as many of them as of the usual trades, and more when their fills would become too large.
    ``usd_per_second`` is the market's usual volume; it is found out for those that have spikes.
    """

    def __init__(self, scenario: Scenario, market: Market, trades_per_second: float, typical_usd: float) -> None:
        self._seed = scenario.seed
        self._market = market
        self._trades_per_second = trades_per_second
        self._spikes = spikes_of(scenario, market)
        self._usual = 0.0
        if self._spikes:
            sample = seeded(scenario.seed, "usual volume", market)
            self._usual = usual_usd_per_second(sample, trades_per_second, typical_usd)

    def spikes(self, number: int, plan: VolumeSpikePlan) -> Iterator[Episode]:
        """A plan's spikes, none larger than the market's milliseconds can hold."""
        most = MOST_USD_PER_SECOND / self._usual
        for spike in occurrences(self._seed, number, plan):
            yield msgspec.structs.replace(spike, magnitude=round(min(spike.magnitude, most), 1))

    def orders(self) -> Iterator[Cluster]:
        """The orders of all spikes, in order of time."""
        every = (self._orders(number, plan) for number, plan in self._spikes)
        return heapq.merge(*every, key=lambda order: order.time_us)

    def _orders(self, number: int, plan: VolumeSpikePlan) -> Iterator[Cluster]:
        for spike in self.spikes(number, plan):
            extra = self._usual * (spike.magnitude - 1.0)
            mean = min(_LARGEST_MEAN_USD, extra / self._trades_per_second)
            random = seeded(self._seed, "crowd", self._market, number, spike.began_us)
            time_us = float(spike.began_us)
            while extra > 0 and (time_us := time_us + random.expovariate(extra / mean / 1e6)) < spike.ended_us:
                side = random.choice((TakerSide.BUY, TakerSide.SELL))
                yield Cluster(int(time_us), side, [mean * random.uniform(1 - _SPREAD, 1 + _SPREAD)])
