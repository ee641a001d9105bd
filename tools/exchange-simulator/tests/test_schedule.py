import itertools

import msgspec

from exchange_simulator.generator.schedule import PlacedEvent, events_of
from exchange_simulator.model import EventKind, Market, TakerSide, Venue
from exchange_simulator.plans import WhaleSweepPlan, WhaleTradePlan
from exchange_simulator.scenario import Scenario, default_scenario


def first(scenario: Scenario, market: Market, count: int) -> list[PlacedEvent]:
    return list(itertools.islice(events_of(scenario, market), count))


def test_every_market_has_both_kinds_and_every_size_in_turn() -> None:
    scenario = default_scenario()
    everything: list[PlacedEvent] = []
    for plan in scenario.markets:
        events = first(scenario, plan.market, 40)
        assert {event.kind for event in events} == set(EventKind)
        everything.extend(events)
    gaps = [later - earlier for earlier, later in itertools.pairwise(sorted(event.ms for event in everything))]
    assert all(3000 <= gap <= 7000 for gap in gaps[:100])
    for low, high in ((100_000, 500_000), (500_000, 1_000_000), (1_000_000, 3_000_000)):
        assert any(low < event.usd < high for event in everything)


def test_a_scenarios_own_events_stand_alone_unless_it_sets_a_period() -> None:
    plan = WhaleSweepPlan(
        at=1.5,
        exchange=Venue.BINANCE,
        symbol="BTC-USDT",
        side=TakerSide.SELL,
        usd=2e5,
        fills=9,
    )
    scenario = msgspec.structs.replace(default_scenario(), events=(plan,))
    market = plan.market
    assert first(scenario, market, 5) == [PlacedEvent(1500, EventKind.WHALE_SWEEP, TakerSide.SELL, 2e5, 9)]
    both = msgspec.structs.replace(scenario, event_period=2.0)
    assert len(first(both, market, 5)) == 5


def test_events_of_one_moment_are_put_into_different_milliseconds() -> None:
    plan = WhaleTradePlan(at=1.0, exchange=Venue.BINANCE, symbol="BTC-USDT", side=TakerSide.BUY, usd=2e5)
    scenario = msgspec.structs.replace(default_scenario(), events=(plan, plan, plan))
    assert [event.ms for event in first(scenario, plan.market, 5)] == [1000, 1001, 1002]


def test_no_seeded_whale_is_larger_than_the_largest() -> None:
    scenario = msgspec.structs.replace(default_scenario(), largest_usd=400_000.0)
    sizes = [event.usd for plan in scenario.markets for event in first(scenario, plan.market, 40)]
    assert 110_000 < min(sizes) < max(sizes) == 400_000
