"""When whales and sweeps happen: the scenario's own events and the seed's, merged per market."""

import heapq
import itertools
import math
from collections.abc import Iterator
from random import Random

import msgspec

from exchange_simulator.generator.seeded import seeded
from exchange_simulator.model import EventKind, Market, TakerSide
from exchange_simulator.plans import MAX_FILLS, WhaleSweepPlan, WhaleTradePlan, fewest_fills
from exchange_simulator.scenario import Scenario

_SIZES_USD = ((110_000.0, 450_000.0), (550_000.0, 950_000.0), (1_100_000.0, 2_500_000.0))
_SIZE_WEIGHTS = (60, 25, 15)
_JITTER = 0.2


class PlacedEvent(msgspec.Struct, frozen=True):
    """An event with the millisecond (from the start) that is its own in its market."""

    ms: int
    kind: EventKind
    side: TakerSide
    usd: float
    fills: int


def events_of(scenario: Scenario, market: Market) -> Iterator[PlacedEvent]:
    """The market's events in order of time, each in another millisecond. Endless when the scenario has a period."""
    own = sorted(
        (
            _placed(scenario.seed, number, plan)
            for number, plan in enumerate(scenario.events)
            if isinstance(plan, WhaleTradePlan) and plan.market == market
        ),
        key=lambda event: event.ms,
    )
    previous = -1
    for event in heapq.merge(own, _seeded(scenario, market), key=lambda event: event.ms):
        ms = max(event.ms, previous + 1)
        previous = ms
        yield msgspec.structs.replace(event, ms=ms)


def _placed(seed: int, number: int, plan: WhaleTradePlan) -> PlacedEvent:
    ms = round(plan.at * 1000)
    if not isinstance(plan, WhaleSweepPlan):
        return PlacedEvent(ms, EventKind.WHALE_TRADE, plan.side, plan.usd, 1)
    drawn = _sweep_fills(seeded(seed, "planned", number), plan.usd)
    return PlacedEvent(ms, EventKind.WHALE_SWEEP, plan.side, plan.usd, drawn if plan.fills is None else plan.fills)


def _seeded(scenario: Scenario, market: Market) -> Iterator[PlacedEvent]:
    """Event k goes to market k modulo the markets; the kind alternates, shifted each round so that all get both."""
    period = scenario.period
    if not period:
        return
    count = len(scenario.markets)
    place = [plan.market for plan in scenario.markets].index(market)
    for number in itertools.count(place, count):
        random = seeded(scenario.seed, "event", number)
        kind = EventKind.WHALE_TRADE if (number + number // count) % 2 == 0 else EventKind.WHALE_SWEEP
        at = (number + 1 + random.uniform(-_JITTER, _JITTER)) * period
        smallest, largest = random.choices(_SIZES_USD, _SIZE_WEIGHTS)[0]
        usd = random.uniform(min(smallest, scenario.largest_usd), min(largest, scenario.largest_usd))
        side = random.choice((TakerSide.BUY, TakerSide.SELL))
        fills = 1 if kind is EventKind.WHALE_TRADE else _sweep_fills(random, usd)
        yield PlacedEvent(round(at * 1000), kind, side, usd, fills)


def _sweep_fills(random: Random, usd: float) -> int:
    """Short sweeps are commoner than long ones: the logarithm of the length is uniform."""
    fewest = fewest_fills(usd)
    return min(MAX_FILLS, max(fewest, round(fewest * math.pow(MAX_FILLS / fewest, random.random()))))
