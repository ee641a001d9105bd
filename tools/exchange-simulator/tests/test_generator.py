"""The promises of generated markets, over many seeds."""

import itertools
import os
import subprocess
import sys
from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_simulator.decimals import product
from exchange_simulator.generator import MarketGenerator
from exchange_simulator.generator.background import LIMIT_USD
from exchange_simulator.generator.market import Generated
from exchange_simulator.model import EventKind, Trade, Venue
from exchange_simulator.plans import WHALE_USD
from exchange_simulator.scenario import MarketPlan, Scenario, default_scenario

SECOND = 1_000_000

scenarios = st.builds(
    lambda seed, rate, venue, price, period: Scenario(
        seed=seed,
        rate=rate,
        event_period=period,
        markets=(
            MarketPlan(
                exchange=venue, symbol="BTC-USDT" if venue is Venue.BINANCE else "BTC-USD", price=price, volatility=2.0
            ),
        ),
    ),
    seed=st.integers(0, 10**6),
    rate=st.sampled_from([5.0, 300.0, 6000.0]),
    venue=st.sampled_from(Venue),
    price=st.sampled_from([0.00042, 0.3, 2.5, 151.0, 2680.0, 61_800.0]),
    period=st.sampled_from([0.0, 0.05, 0.4]),
)


def generate(scenario: Scenario, seconds: float = 2.0) -> Generated:
    return MarketGenerator(scenario, scenario.markets[0]).take(round(seconds * SECOND))


def usd(trades: list[Trade]) -> Decimal:
    return sum((product(trade.price, trade.quantity) for trade in trades), Decimal(0))


def runs(trades: list[Trade]) -> list[list[Trade]]:
    """Neighbours of one millisecond and side: what a sweep detector groups."""
    grouped = itertools.groupby(trades, key=lambda trade: (trade.time_us // 1000, trade.side))
    return [list(group) for _, group in grouped]


@settings(max_examples=60)
@given(scenarios)
def test_ids_are_contiguous_times_never_go_back_and_numbers_are_positive(scenario: Scenario) -> None:
    generator = MarketGenerator(scenario, scenario.markets[0])
    before = generator.before()
    trades = generator.take(2 * SECOND).trades
    assert [trade.trade_id for trade in trades] == list(
        range(generator.first_trade_id, generator.first_trade_id + len(trades))
    )
    assert before.trade_id == generator.first_trade_id - 1
    assert before.time_us < 0
    assert all(earlier.time_us <= later.time_us for earlier, later in itertools.pairwise(trades))
    assert all(earlier.sequence < later.sequence for earlier, later in itertools.pairwise([before, *trades]))
    assert all(trade.price > 0 and trade.quantity > 0 and 0 <= trade.time_us < 2 * SECOND for trade in trades)


@settings(max_examples=60)
@given(scenarios)
def test_only_what_the_truth_names_is_a_whale(scenario: Scenario) -> None:
    generated = generate(scenario)
    injected = {event.first_trade_id: event for event in generated.events}
    for run in runs(generated.trades):
        event = injected.pop(run[0].trade_id, None)
        if event is None:
            assert usd(run) < LIMIT_USD
        else:
            # Exactly the event's fills: neither side of it has a neighbour in its millisecond.
            assert (run[0].trade_id, run[-1].trade_id) == (event.first_trade_id, event.last_trade_id)
            assert (len(run), run[0].side, run[0].time_us) == (event.fills, event.side, event.trade_time)
            assert usd(run) == Decimal(event.usd) > WHALE_USD
    assert injected == {}


@settings(max_examples=60)
@given(scenarios)
def test_an_event_has_its_millisecond_to_itself(scenario: Scenario) -> None:
    generated = generate(scenario)
    trades_at: dict[int, int] = {}
    for trade in generated.trades:
        trades_at[trade.time_us // 1000] = trades_at.get(trade.time_us // 1000, 0) + 1
    for event in generated.events:
        assert trades_at[event.trade_time // 1000] == event.fills


@settings(max_examples=60)
@given(scenarios)
def test_a_sweep_is_many_fills_none_of_them_a_whale_walking_the_book(scenario: Scenario) -> None:
    generated = generate(scenario)
    by_id = {trade.trade_id: trade for trade in generated.trades}
    for event in generated.events:
        fills = [by_id[number] for number in range(event.first_trade_id, event.last_trade_id + 1)]
        if event.kind is EventKind.WHALE_TRADE:
            assert len(fills) == 1
            continue
        assert 2 <= len(fills) <= 700
        assert all(usd([fill]) < WHALE_USD for fill in fills)
        prices = [fill.price for fill in fills]
        assert prices == sorted(prices, reverse=event.side.value == "sell")
        assert len({fill.taker_order for fill in fills}) == 1


@settings(max_examples=40)
@given(scenarios, st.lists(st.integers(1, 2 * SECOND), max_size=30))
def test_the_sequence_does_not_depend_on_how_the_time_line_is_cut(scenario: Scenario, cuts: list[int]) -> None:
    generator = MarketGenerator(scenario, scenario.markets[0])
    pieces = [generator.take(cut) for cut in [*sorted(cuts), 2 * SECOND]]
    whole = generate(scenario)
    assert [trade for piece in pieces for trade in piece.trades] == whole.trades
    assert [event for piece in pieces for event in piece.events] == whole.events


def test_the_sequence_is_the_same_in_another_process() -> None:
    program = (
        "import hashlib, msgspec\n"
        "from exchange_simulator.generator import MarketGenerator\n"
        "from exchange_simulator.scenario import default_scenario\n"
        "scenario = default_scenario()\n"
        "taken = [MarketGenerator(scenario, plan).take(3_000_000) for plan in scenario.markets]\n"
        "print(hashlib.sha256(msgspec.json.encode(taken)).hexdigest())\n"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_another_seed_is_another_sequence() -> None:
    scenario = default_scenario()
    other = msgspec.structs.replace(scenario, seed=scenario.seed + 1)
    assert generate(scenario).trades != generate(other).trades


def test_the_rate_and_the_shares_are_kept() -> None:
    scenario = msgspec.structs.replace(default_scenario(), event_period=0.0)
    counts = [len(MarketGenerator(scenario, plan).take(30 * SECOND).trades) for plan in scenario.markets]
    assert abs(sum(counts) / 30 - scenario.rate) < 0.05 * scenario.rate
    for count, plan in zip(counts, scenario.markets, strict=True):
        assert abs(count / sum(counts) - plan.share) < 0.03


def test_usdt_is_dearer_by_the_basis_and_venues_of_one_asset_stay_close() -> None:
    scenario = msgspec.structs.replace(default_scenario(), basis=0.01, event_period=0.0)
    by_market = {plan.market: MarketGenerator(scenario, plan).take(20 * SECOND).trades for plan in scenario.markets}
    means = {str(market): sum(t.price for t in trades) / len(trades) for market, trades in by_market.items()}
    for base in ("BTC", "ETH"):
        ratio = means[f"binance:{base}-USDT"] / means[f"coinbase:{base}-USD"]
        assert abs(ratio - 1.01) < 0.002
