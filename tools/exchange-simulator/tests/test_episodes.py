"""Episodes do what the truth says of them, and nothing else."""

import itertools
import statistics

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_simulator.decimals import product
from exchange_simulator.generator import GeneratedSource
from exchange_simulator.generator.background import LIMIT_USD
from exchange_simulator.generator.crowd import MOST_USD_PER_SECOND
from exchange_simulator.generator.episodes import Episode, occurrences
from exchange_simulator.model import EpisodeKind, InjectedEpisode, Market, Trade, Venue
from exchange_simulator.plans import EventPlan, QuoteDepegPlan, SpreadDivergencePlan, VolumeSpikePlan
from exchange_simulator.scenario import MarketPlan, Scenario

SECOND = 1_000_000
ORIGIN = 1_790_000_000_000_000
USDT, USD = Market(Venue.BINANCE, "BTC-USDT"), Market(Venue.COINBASE, "BTC-USD")

SPIKE = VolumeSpikePlan(at=10, seconds=8, exchange=Venue.COINBASE, symbol="BTC-USD", times=9.0)
DIVERGENCE = SpreadDivergencePlan(
    at=10, seconds=10, ramp=2, exchange=Venue.BINANCE, symbol="BTC-USDT", percent=-2.0, every=15
)
DEPEG = QuoteDepegPlan(at=10, seconds=10, ramp=3, percent=-1.5)


def scenario(*events: EventPlan, rate: float = 300.0, seed: int = 7) -> Scenario:
    return Scenario(
        seed=seed,
        rate=rate,
        event_period=0.0,
        basis=0.0,
        events=events,
        markets=tuple(
            MarketPlan(exchange=market.exchange, symbol=market.symbol, price=61_800.0, typical_usd=300.0)
            for market in (USDT, USD)
        ),
    )


class Played:
    """What a scenario gave in so many seconds, taken in pieces."""

    def __init__(self, plan: Scenario, seconds: float, piece: float = 1.0) -> None:
        source = GeneratedSource(plan)
        self.trades: dict[Market, list[Trade]] = {market: [] for market in source.markets}
        self.over: list[InjectedEpisode] = []
        until = 0.0
        while until < seconds:
            until = min(seconds, until + piece)
            stretch = source.take(round(until * SECOND), ORIGIN)
            for emission in stretch.emissions:
                self.trades[emission.market].append(emission.trade)
            self.over.extend(stretch.episodes)
        self.under_way = source.under_way()

    def usd(self, market: Market, start: float, end: float) -> float:
        return float(sum(product(trade.price, trade.quantity) for trade in self.between(market, start, end)))

    def price(self, market: Market, start: float, end: float) -> float:
        return statistics.fmean(trade.price for trade in self.between(market, start, end))

    def between(self, market: Market, start: float, end: float) -> list[Trade]:
        return [trade for trade in self.trades[market] if start * SECOND <= trade.time_us < end * SECOND]


def test_a_spike_multiplies_the_volume_of_its_market_and_leaves_prices_and_others_alone() -> None:
    plain, spiked = Played(scenario(), 30), Played(scenario(SPIKE), 30)
    usual = plain.usd(USD, 0, 30) / 30
    assert spiked.usd(USD, 10, 18) / 8 / usual == pytest.approx(9.0, rel=0.15)
    assert spiked.between(USD, 0, 10) == plain.between(USD, 0, 10)
    assert spiked.usd(USD, 18, 30) / 12 / usual == pytest.approx(1.0, rel=0.3)
    assert spiked.trades[USDT] == plain.trades[USDT]
    assert spiked.price(USD, 10, 18) == pytest.approx(plain.price(USD, 10, 18), rel=2e-4)


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.sampled_from([5.0, 300.0, 4000.0]), st.floats(2, 1000))
def test_in_a_spike_no_millisecond_holds_a_whale(seed: int, rate: float, times: float) -> None:
    spike = msgspec.structs.replace(SPIKE, at=0.5, seconds=1.0, times=times)
    trades = Played(scenario(spike, rate=rate, seed=seed), 2).trades[USD]
    for _, group in itertools.groupby(trades, key=lambda trade: trade.time_us // 1000):
        assert sum(product(trade.price, trade.quantity) for trade in group) < LIMIT_USD
    assert all(earlier.time_us <= later.time_us for earlier, later in itertools.pairwise(trades))


def test_a_spike_is_no_larger_than_a_market_can_hold_and_the_truth_says_so() -> None:
    spiked = Played(scenario(msgspec.structs.replace(SPIKE, times=1000.0), rate=3000.0), 20)
    usual = Played(scenario(rate=3000.0), 5).usd(USD, 0, 5) / 5
    (episode,) = spiked.over
    assert episode.magnitude == pytest.approx(MOST_USD_PER_SECOND / usual, rel=0.1)
    assert spiked.usd(USD, 10, 18) / 8 == pytest.approx(MOST_USD_PER_SECOND, rel=0.1)


def test_a_divergence_moves_one_market_and_it_comes_back() -> None:
    played = Played(scenario(DIVERGENCE), 24)
    assert played.price(USDT, 12, 18) / played.price(USD, 12, 18) == pytest.approx(0.98, abs=5e-4)
    for start, end in ((0, 10), (20, 24)):
        assert played.price(USDT, start, end) / played.price(USD, start, end) == pytest.approx(1.0, abs=5e-4)


def test_a_depeg_moves_the_markets_of_its_quote_the_other_way() -> None:
    played = Played(scenario(DEPEG), 24)
    assert played.price(USDT, 13, 17) / played.price(USD, 13, 17) == pytest.approx(1 / 0.985, abs=5e-4)
    assert played.trades[USD] == Played(scenario(), 24).trades[USD]


def test_a_move_has_no_jump() -> None:
    trades = Played(scenario(DIVERGENCE, rate=2000.0), 22).trades[USDT]
    steps = [abs(later.price / earlier.price - 1) for earlier, later in itertools.pairwise(trades)]
    # Venue noise, a fill's walk and the ramp together: far below the 2 % that the price moves in all.
    assert max(steps) < 0.0015


def test_the_truth_names_the_times_and_the_trades() -> None:
    played = Played(scenario(SPIKE, DIVERGENCE, DEPEG), 24)
    by_kind = {episode.alert_type: episode for episode in played.over}
    spike, divergence = by_kind[EpisodeKind.VOLUME_SPIKE], by_kind[EpisodeKind.SPREAD_DIVERGENCE]
    inside = played.between(USD, 10, 18)
    assert (spike.first_trade_id, spike.last_trade_id) == (inside[0].trade_id, inside[-1].trade_id)
    assert (spike.exchange, spike.symbol, spike.magnitude) == (Venue.COINBASE, "BTC-USD", 9.0)
    assert [spike.began_at, spike.full_from, spike.full_until, spike.ended_at] == seconds(10, 10, 18, 18)
    assert [divergence.began_at, divergence.full_from, divergence.full_until, divergence.ended_at] == seconds(
        10, 12, 18, 20
    )
    assert by_kind[EpisodeKind.QUOTE_DEPEG] == InjectedEpisode(
        alert_type=EpisodeKind.QUOTE_DEPEG,
        exchange=None,
        symbol="USDT-USD",
        began_at=ORIGIN + 10 * SECOND,
        full_from=ORIGIN + 13 * SECOND,
        full_until=ORIGIN + 17 * SECOND,
        ended_at=ORIGIN + 20 * SECOND,
        first_trade_id=None,
        last_trade_id=None,
        magnitude=-1.5,
    )


def test_what_is_under_way_ends_where_the_time_line_stands() -> None:
    played = Played(scenario(SPIKE, DIVERGENCE), 14)
    assert played.over == []
    spike, divergence = played.under_way
    assert [spike.began_at, spike.full_from, spike.full_until, spike.ended_at] == seconds(10, 10, 14, 14)
    assert [divergence.full_from, divergence.full_until, divergence.ended_at] == seconds(12, 14, 14)
    assert spike.last_trade_id == played.trades[USD][-1].trade_id
    assert Played(scenario(SPIKE), 10).under_way == []
    assert Played(scenario(SPIKE), 18).under_way == []


@settings(max_examples=10)
@given(st.floats(0.05, 40))
def test_the_account_does_not_depend_on_how_the_time_line_is_cut(piece: float) -> None:
    plan = scenario(SPIKE, DIVERGENCE, DEPEG, rate=50.0)
    one, many = Played(plan, 42, piece=42), Played(plan, 42, piece=piece)
    assert sorted(many.over, key=str) == sorted(one.over, key=str)
    assert many.under_way == one.under_way
    assert many.trades == one.trades


def test_a_plan_with_a_period_comes_again_with_a_size_of_its_own() -> None:
    plan = SpreadDivergencePlan(at=5, seconds=10, exchange=Venue.BINANCE, symbol="BTC-USDT", every=20)
    drawn = list(itertools.islice(occurrences(1, 0, plan), 6))
    assert [episode.began_us // SECOND for episode in drawn] == [5, 25, 45, 65, 85, 105]
    assert len({episode.magnitude for episode in drawn}) > 3
    assert all(1.3 <= abs(episode.magnitude) <= 1.9 for episode in drawn)
    assert drawn == list(itertools.islice(occurrences(1, 0, plan), 6))
    assert drawn != list(itertools.islice(occurrences(2, 0, plan), 6))


def test_a_move_without_a_ramp_is_a_step() -> None:
    step = Episode(10, 10, 20, 20, 1.0)
    assert [step.strength(time) for time in (9, 10, 19, 20)] == [0.0, 1.0, 1.0, 0.0]


def seconds(*after: float) -> list[int]:
    return [ORIGIN + round(one * SECOND) for one in after]
