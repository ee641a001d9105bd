"""One generated market: background and injected events on one time line, with contiguous ids."""

import heapq
from decimal import Decimal

import msgspec

from exchange_simulator.decimals import plain, product
from exchange_simulator.generator.background import BUDGET_USD, background
from exchange_simulator.generator.crowd import Crowd
from exchange_simulator.generator.displacement import Displacement
from exchange_simulator.generator.increments import increments
from exchange_simulator.generator.price import PricePath
from exchange_simulator.generator.schedule import PlacedEvent, events_of
from exchange_simulator.generator.seeded import seeded
from exchange_simulator.generator.sweep import split
from exchange_simulator.model import UNITS, EventKind, InjectedEvent, Market, TakerSide, Trade
from exchange_simulator.scenario import MarketPlan, Scenario
from exchange_simulator.venues import simulated

_LONGEST_QUIET_US = 120_000_000
_DEEPEST_WALK = 0.001
"""No order walks the book further than this part of its first price."""


class Generated(msgspec.Struct, frozen=True):
    """What a stretch of the time line held."""

    trades: list[Trade]
    events: list[InjectedEvent]


class MarketGenerator:
    """Trades of one market, in order, the same for the same seed and scenario however the time line is cut.

    Promises: ids are contiguous; times never go back; the trades of one millisecond that are no whale's, a volume
    spike's among them, stay below ``background.LIMIT_USD`` together; a whale or sweep has its millisecond to itself.
    """

    def __init__(self, scenario: Scenario, plan: MarketPlan) -> None:
        market = plan.market
        start = plan.price * (1.0 + scenario.basis) if market.quote == "USDT" else plan.price
        shares = sum(other.share for other in scenario.markets)
        self.market: Market = market
        self._random = seeded(scenario.seed, "trades", market)
        rate = scenario.rate * plan.share / shares
        usual = background(seeded(scenario.seed, "background", market), rate, plan.typical_usd)
        self.crowd = Crowd(scenario, market, rate, plan.typical_usd)
        self._orders = heapq.merge(usual, self.crowd.orders(), key=lambda order: order.time_us)
        self._path = PricePath(
            seed=scenario.seed, base=market.base, venue=market.exchange, start=start, volatility=plan.volatility
        )
        self._displacement = Displacement(scenario, market)
        self._increments = increments(market.exchange, plan.price)
        self._has_orders = simulated(market.exchange).has_orders
        self._events = events_of(scenario, market)
        self._event = next(self._events, None)
        self._cluster = next(self._orders)
        self._sequence = self._random.randrange(70_000_000, 90_000_000_000)
        drawn = simulated(market.exchange).first_trade_id + self._random.randrange(90_000_000)
        self.first_trade_id: int = plan.first_trade_id if plan.first_trade_id is not None else drawn
        self._next_id = self.first_trade_id
        self._busy_ms = -1
        self._busy_usd = 0.0

    def before(self) -> Trade:
        """The market's last trade from before the start, up to two minutes old: what ``last_match`` shows first."""
        random = seeded(self.first_trade_id, "before", self.market)
        return Trade(
            trade_id=self.first_trade_id - 1,
            price=self._increments.tick * max(1, round(self._path.at(0) * UNITS / self._increments.tick)),
            quantity=self._increments.lot * random.randint(1, 100),
            side=random.choice((TakerSide.BUY, TakerSide.SELL)),
            time_us=-random.randint(1_000_000, _LONGEST_QUIET_US),
            sequence=self._sequence,
            maker_order=random.getrandbits(128),
            taker_order=random.getrandbits(128),
        )

    def take(self, until_us: int) -> Generated:
        """Everything before a time (µs from the start, exclusive) that was not taken yet."""
        trades: list[Trade] = []
        events: list[InjectedEvent] = []
        while True:
            event, cluster = self._event, self._cluster
            if event is not None and event.ms * 1000 <= cluster.time_us:
                if event.ms * 1000 >= until_us:
                    break
                trades_before = len(trades)
                self._inject(event, trades)
                events.append(self._truth(event, trades[trades_before:]))
                self._event = next(self._events, None)
                continue
            if cluster.time_us >= until_us:
                break
            if self._fits(cluster.time_us // 1000, sum(cluster.usd)):
                self._fill(trades, cluster.time_us, cluster.side, cluster.usd)
                following = next(self._orders)
                following.time_us = max(following.time_us, cluster.time_us)
                self._cluster = following
            else:
                cluster.time_us = (cluster.time_us // 1000 + 1) * 1000
        return Generated(trades, events)

    def _fits(self, ms: int, usd: float) -> bool:
        """Count a background order into its millisecond, unless the millisecond is an event's or too full."""
        if ms != self._busy_ms:
            self._busy_ms, self._busy_usd = ms, 0.0
        if self._busy_usd + usd > BUDGET_USD:
            return False
        self._busy_usd += usd
        return True

    def _inject(self, event: PlacedEvent, trades: list[Trade]) -> None:
        usd = [event.usd] if event.kind is EventKind.WHALE_TRADE else split(self._random, event.usd, event.fills)
        self._fill(trades, event.ms * 1000, event.side, usd, round_up=True)
        self._busy_ms, self._busy_usd = event.ms, float("inf")

    def _fill(
        self, trades: list[Trade], time_us: int, side: TakerSide, usd: list[float], *, round_up: bool = False
    ) -> None:
        """One taker order walking the book: a tick or none further with each fill, away from the mid."""
        random, lot, tick = self._random, self._increments.lot, self._increments.tick
        taker_order = random.getrandbits(128) if self._has_orders else 0
        step = tick if side is TakerSide.BUY else -tick
        mid = self._path.at(time_us) * self._displacement.factor(time_us)
        first = price = tick * round(mid * UNITS / tick) + step
        for part in usd:
            if price < tick:
                price = tick
            lots = part * UNITS * UNITS / (price * lot)
            quantity = lot * max(1, int(lots) + round_up)
            self._sequence += random.randrange(1, 40)
            maker_order = random.getrandbits(128) if self._has_orders else 0
            trades.append(
                Trade(self._next_id, price, quantity, side, time_us, self._sequence, maker_order, taker_order)
            )
            self._next_id += 1
            if random.random() < 0.4 and abs(price + step - first) <= _DEEPEST_WALK * first:
                price += step

    def _truth(self, event: PlacedEvent, fills: list[Trade]) -> InjectedEvent:
        usd = sum((product(fill.price, fill.quantity) for fill in fills), Decimal(0))
        return InjectedEvent(
            kind=event.kind,
            market=self.market,
            side=event.side,
            first_trade_id=fills[0].trade_id,
            last_trade_id=fills[-1].trade_id,
            fills=len(fills),
            usd=plain(usd),
            trade_time=event.ms * 1000,
        )
