"""When episodes happen and how large they are: a plan's occurrences, one after the other."""

import itertools
from collections.abc import Iterator

import msgspec

from exchange_simulator.generator.seeded import seeded
from exchange_simulator.model import Market
from exchange_simulator.plans import EpisodePlan, MovePlan, QuoteDepegPlan, SpreadDivergencePlan, VolumeSpikePlan
from exchange_simulator.scenario import Scenario

_TIMES = (25.0, 35.0)
_PERCENT = (1.3, 1.9)


class Episode(msgspec.Struct, frozen=True):
    """One occurrence: µs from the start, and the multiple or the percent that it reaches."""

    began_us: int
    full_us: int
    fading_us: int
    ended_us: int
    magnitude: float

    def strength(self, time_us: int) -> float:
        """How much of it there is at a time, from 0 to 1: without a jump and without a kink where there is a ramp."""
        if not self.began_us <= time_us < self.ended_us:
            return 0.0
        if time_us < self.full_us:
            return _smooth((time_us - self.began_us) / (self.full_us - self.began_us))
        if time_us >= self.fading_us:
            return _smooth((self.ended_us - time_us) / (self.ended_us - self.fading_us))
        return 1.0


def episode_plans(scenario: Scenario) -> list[tuple[int, EpisodePlan]]:
    """The scenario's episodes with their places in its list, which name what the seed draws for them."""
    return [(number, plan) for number, plan in enumerate(scenario.events) if isinstance(plan, EpisodePlan)]


def moves_of(scenario: Scenario, market: Market) -> list[tuple[int, MovePlan]]:
    """Those that move the market's price: its own divergences, and the depegs of its quote currency."""
    return [
        (number, plan)
        for number, plan in episode_plans(scenario)
        if (isinstance(plan, SpreadDivergencePlan) and plan.market == market)
        or (isinstance(plan, QuoteDepegPlan) and plan.quote == market.quote)
    ]


def spikes_of(scenario: Scenario, market: Market) -> list[tuple[int, VolumeSpikePlan]]:
    """Those that raise its volume."""
    return [
        (number, plan)
        for number, plan in episode_plans(scenario)
        if isinstance(plan, VolumeSpikePlan) and plan.market == market
    ]


def occurrences(seed: int, number: int, plan: EpisodePlan | MovePlan) -> Iterator[Episode]:
    """A plan's episodes in order of time: one, or endless where it has a period."""
    ramp = round((plan.ramp_seconds if isinstance(plan, MovePlan) else 0.0) * 1e6)
    length = round(plan.seconds * 1e6)
    for turn in itertools.count() if plan.every is not None else (0,):
        began = round((plan.at + turn * (plan.every or 0.0)) * 1e6)
        yield Episode(
            began_us=began,
            full_us=began + ramp,
            fading_us=began + length - ramp,
            ended_us=began + length,
            magnitude=_magnitude(seed, number, turn, plan),
        )


def _magnitude(seed: int, number: int, turn: int, plan: EpisodePlan | MovePlan) -> float:
    random = seeded(seed, "episode", number, turn)
    if isinstance(plan, VolumeSpikePlan):
        return plan.times if plan.times is not None else round(random.uniform(*_TIMES), 1)
    drawn = round(random.uniform(*_PERCENT) * random.choice((-1, 1)), 2)
    return plan.percent if plan.percent is not None else drawn


def _smooth(share: float) -> float:
    return share * share * (3.0 - 2.0 * share)
