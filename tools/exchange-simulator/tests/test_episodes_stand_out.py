"""The demo's scenario through the demo's windows, by formulas written out here: each episode stands out, and causes nothing else."""

import math
import statistics
from collections import defaultdict
from pathlib import Path

import msgspec
import pytest

from exchange_simulator.generator import GeneratedSource
from exchange_simulator.model import UNITS, EpisodeKind, InjectedEpisode, Market, Venue
from exchange_simulator.scenario_file import load_scenario

CONFIG = Path(__file__).parents[3] / "config"
SECOND = 1_000_000
WINDOW = 5 * SECOND
LATENESS = 2 * SECOND
ORIGIN = 1_790_000_000_000_000

type Sums = dict[int, float]


class Windows:
    """Base and quote volume per market and window, for as long as windows can close."""

    def __init__(self, seed: int, seconds: int, origin: int) -> None:
        plan = msgspec.structs.replace(load_scenario(CONFIG / "scenarios" / "demo.yaml"), seed=seed)
        source = GeneratedSource(plan)
        self.markets = source.markets
        self.volume: dict[Market, Sums] = {market: defaultdict(float) for market in source.markets}
        self.amount: dict[Market, Sums] = {market: defaultdict(float) for market in source.markets}
        self.episodes: list[InjectedEpisode] = []
        for second in range(1, seconds + 1):
            stretch = source.take(second * SECOND, origin)
            for emission in stretch.emissions:
                window, quantity = emission.time_us // WINDOW, emission.trade.quantity / UNITS
                self.volume[emission.market][window] += quantity
                self.amount[emission.market][window] += quantity * emission.trade.price / UNITS
            self.episodes.extend(stretch.episodes)
        self.closed = range(origin // WINDOW, (origin + seconds * SECOND - LATENESS) // WINDOW)

    def spikes(self, least: int, z: float) -> set[tuple[Market, int]]:
        """Markets and windows whose volume is so many deviations from the windows before."""
        found = set()
        for market, volume in self.volume.items():
            for place, window in enumerate(self.closed):
                before = [volume[one] for one in self.closed[:place]]
                if place >= least and abs(volume[window] - statistics.mean(before)) > z * statistics.stdev(before):
                    found.add((market, window))
        return found

    def spreads(self, percent: float) -> tuple[set[tuple[str, int]], set[int]]:
        """Base assets and windows in which the venues' prices differ; windows in which the quotes do."""
        diverged, depegged = set(), set()
        for window in self.closed:
            ratios = {base: math.log(self._vwap(base, window)) for base in ("BTC", "ETH", "SOL")}
            basis = statistics.median(ratios.values())
            if abs(math.expm1(-basis)) * 100 > percent:
                depegged.add(window)
            diverged |= {(base, window) for base, one in ratios.items() if abs(math.expm1(one - basis)) * 100 > percent}
        return diverged, depegged

    def during(self, kind: EpisodeKind) -> dict[InjectedEpisode, range]:
        """The windows that each episode of a kind touches."""
        return {
            episode: range(episode.began_at // WINDOW, (episode.ended_at - 1) // WINDOW + 1)
            for episode in self.episodes
            if episode.alert_type is kind
        }

    def _vwap(self, base: str, window: int) -> float:
        usdt, usd = Market(Venue.BINANCE, f"{base}-USDT"), Market(Venue.COINBASE, f"{base}-USD")
        one, other = (self.amount[market][window] / self.volume[market][window] for market in (usdt, usd))
        return one / other


@pytest.mark.parametrize(("seed", "seconds", "spikes", "divergences", "depegs"), [(1, 60, 1, 1, 1), (2, 180, 4, 3, 2)])
@pytest.mark.parametrize("phase", [0.0, 0.37, 0.96])
def test_the_demos_episodes_are_found_and_nothing_else(
    seed: int, seconds: int, phase: float, spikes: int, divergences: int, depegs: int
) -> None:
    config = msgspec.yaml.decode((CONFIG / "demo.yaml").read_bytes())
    volume, spread = config["volume_anomaly"], config["spread_calculator"]
    assert {volume["window_seconds"], spread["window_seconds"]} == {WINDOW // SECOND}
    assert config["watermark"]["lateness_seconds"] == LATENESS // SECOND
    windows = Windows(seed, seconds, ORIGIN + round(phase * WINDOW))

    alarmed = windows.spikes(volume["least_windows"], volume["z_score"]["medium"])
    injected = windows.during(EpisodeKind.VOLUME_SPIKE)
    touched = {(Market(one.exchange, one.symbol), window) for one, span in injected.items() for window in span}
    assert len(injected) == spikes
    assert alarmed <= touched
    for one, span in injected.items():
        assert {(Market(one.exchange, one.symbol), window) for window in span} & alarmed

    diverged, depegged = windows.spreads(spread["percent"]["medium"])
    injected = windows.during(EpisodeKind.SPREAD_DIVERGENCE)
    assert len(injected) == divergences
    assert diverged <= {(one.symbol[:3], window) for one, span in injected.items() for window in span}
    for one, span in injected.items():
        assert len({(one.symbol[:3], window) for window in span} & diverged) >= 2

    injected = windows.during(EpisodeKind.QUOTE_DEPEG)
    assert len(injected) == depegs
    assert depegged <= {window for span in injected.values() for window in span}
    assert all(len(depegged & set(span)) >= 2 for span in injected.values())

    full = windows.closed[1:]
    assert all(windows.volume[market][window] > 0 for market in windows.markets for window in full)
