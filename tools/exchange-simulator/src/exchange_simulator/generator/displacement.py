"""How far episodes push a market's price off its path."""

import math
from collections.abc import Iterator

from exchange_simulator.generator.episodes import Episode, moves_of, occurrences
from exchange_simulator.model import Market
from exchange_simulator.plans import MovePlan, QuoteDepegPlan
from exchange_simulator.scenario import Scenario


class Displacement:
    """The divergences of a market and the depegs of its quote currency, together."""

    def __init__(self, scenario: Scenario, market: Market) -> None:
        self._moves = [
            _Move(plan, occurrences(scenario.seed, number, plan)) for number, plan in moves_of(scenario, market)
        ]

    def factor(self, time_us: int) -> float:
        """What the price is multiplied with at a time, which may not be before the time asked for last."""
        return math.exp(sum(move.at(time_us) for move in self._moves)) if self._moves else 1.0


class _Move:
    """One plan's part in it, as a logarithm: a quote that is worth less makes everything dearer in it."""

    def __init__(self, plan: MovePlan, episodes: Iterator[Episode]) -> None:
        self._sign = -1.0 if isinstance(plan, QuoteDepegPlan) else 1.0
        self._episodes = episodes
        self._episode = next(episodes, None)

    def at(self, time_us: int) -> float:
        while self._episode is not None and self._episode.ended_us <= time_us:
            self._episode = next(self._episodes, None)
        if self._episode is None:
            return 0.0
        return self._sign * math.log1p(self._episode.magnitude / 100.0) * self._episode.strength(time_us)
