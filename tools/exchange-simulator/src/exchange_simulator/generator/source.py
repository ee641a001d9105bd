"""All generated markets of a scenario as one time line."""

from collections.abc import Sequence

import msgspec

from exchange_simulator.generator.account import Account
from exchange_simulator.generator.episodes import episode_plans, occurrences
from exchange_simulator.generator.market import MarketGenerator
from exchange_simulator.model import EpisodeKind, InjectedEpisode, InjectedEvent, Market, Trade
from exchange_simulator.plans import QuoteDepegPlan, VolumeSpikePlan
from exchange_simulator.scenario import Scenario
from exchange_simulator.source import Emission, Stretch


class GeneratedSource:
    """A :class:`~exchange_simulator.source.Source` whose trades happen when they are played. It never ends."""

    def __init__(self, scenario: Scenario) -> None:
        self._generators = [MarketGenerator(scenario, plan) for plan in scenario.markets]
        self._earlier = {generator.market: generator.before() for generator in self._generators}
        self._accounts = _accounts(scenario, self._generators)
        self._position = 0

    @property
    def markets(self) -> Sequence[Market]:
        """The scenario's markets, in its order."""
        return [generator.market for generator in self._generators]

    def before(self, market: Market, now_us: int) -> Emission | None:
        """A trade of up to two minutes ago, whose id is the one before the first."""
        trade = self._earlier[market]
        return Emission(market, trade, now_us + trade.time_us, is_new=False)

    def take(self, until_us: int, origin_us: int) -> Stretch:
        """Trades and events before the position, market by market."""
        emissions: list[Emission] = []
        events: list[InjectedEvent] = []
        taken: dict[Market, list[Trade]] = {}
        self._position = max(self._position, until_us)
        for generator in self._generators:
            market = generator.market
            generated = generator.take(until_us)
            taken[market] = generated.trades
            emissions.extend(Emission(market, trade, origin_us + trade.time_us) for trade in generated.trades)
            events.extend(
                msgspec.structs.replace(event, trade_time=origin_us + event.trade_time) for event in generated.events
            )
        episodes: list[InjectedEpisode] = []
        for place, account in self._accounts:
            episodes.extend(account.note(taken[place] if place is not None else (), self._position, origin_us))
        return Stretch(emissions, events, episodes)

    def under_way(self) -> list[InjectedEpisode]:
        """The episodes that have begun and are not over, as if they ended where the time line stands."""
        return [episode for _, account in self._accounts for episode in account.under_way()]

    def next_due(self) -> int | None:
        """Where the time line stands: trades come all the time."""
        return self._position

    def exchange_time(self, position_us: int, wall_us: int) -> int:  # noqa: ARG002 (the seam's signature)
        """The simulator's own clock: its trades happen now."""
        return wall_us

    def skipped(self) -> dict[str, int]:
        """Nothing: a generator makes only trades."""
        return {}


def _accounts(scenario: Scenario, generators: Sequence[MarketGenerator]) -> list[tuple[Market | None, Account]]:
    """An account of each planned episode, and the market whose trades belong into it."""
    crowds = {generator.market: generator.crowd for generator in generators}
    result: list[tuple[Market | None, Account]] = []
    for number, plan in episode_plans(scenario):
        if isinstance(plan, QuoteDepegPlan):
            episodes = occurrences(scenario.seed, number, plan)
            result.append((None, Account(EpisodeKind.QUOTE_DEPEG, None, f"{plan.quote}-USD", episodes)))
            continue
        market = plan.market
        if isinstance(plan, VolumeSpikePlan):
            kind, episodes = EpisodeKind.VOLUME_SPIKE, crowds[market].spikes(number, plan)
        else:
            kind, episodes = EpisodeKind.SPREAD_DIVERGENCE, occurrences(scenario.seed, number, plan)
        result.append((market, Account(kind, market.exchange, market.symbol, episodes)))
    return result
