"""A scenario: which markets trade, how fast, and what happens in them. One seed makes one sequence of trades."""

import msgspec

from exchange_simulator.misbehaviour import PlannedMisbehaviour
from exchange_simulator.model import Market, Venue
from exchange_simulator.plans import WHALE_USD, EventPlan, QuoteDepegPlan

DEFAULT_EVENT_PERIOD = 5.0
"""Seconds between the whales and sweeps of the seeded schedule."""

LARGEST_USD = 2_500_000
"""The largest whale or sweep of the seeded schedule."""

TYPICAL_USD = 38.5
"""The median fill: that of Binance's BTC-USDT on 8 August 2024."""


class MarketPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One market of a scenario.

    Attributes:
        exchange: The venue.
        symbol: ``BASE-QUOTE``.
        price: The base asset's price in USD at the start; a USDT market adds the scenario's basis.
        share: Its part of the scenario's rate, relative to the other markets' shares.
        volatility: Annualised standard deviation of the log price (0.6 is 60 %).
        typical_usd: The median fill in USD; their sizes are log-normal about it.
        first_trade_id: Id of the first trade; absent means drawn from the seed.
    """

    exchange: Venue
    symbol: str
    price: float
    share: float = 1.0
    volatility: float = 0.6
    typical_usd: float = TYPICAL_USD
    first_trade_id: int | None = None

    def __post_init__(self) -> None:
        base, dash, quote = self.symbol.partition("-")
        if not (base.isalnum() and dash and quote.isalnum() and self.symbol == self.symbol.upper()):
            raise ValueError(f"symbol is {self.symbol!r}, expected BASE-QUOTE in capitals, for example BTC-USD")
        if not 1e-6 <= self.price <= 1e7:
            raise ValueError(f"price is {self.price}, expected USD between 0.000001 and 10000000")
        if self.share <= 0:
            raise ValueError(f"share is {self.share}, expected more than 0")
        if not 0 <= self.volatility <= 10:
            raise ValueError(f"volatility is {self.volatility}, expected between 0 and 10 (1 is 100 % a year)")
        if not 0 < self.typical_usd <= 5000:
            raise ValueError(f"typical_usd is {self.typical_usd}, expected above 0 and up to 5000")
        if self.first_trade_id is not None and self.first_trade_id < 1:
            raise ValueError(f"first_trade_id is {self.first_trade_id}, expected 1 or more")

    @property
    def market(self) -> Market:
        """The market this plans."""
        return Market(self.exchange, self.symbol)


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides the sequence of trades.

    Attributes:
        seed: Any integer.
        rate: Background trades per second over all markets; events come on top.
        markets: At least one, each once.
        events: Whales, sweeps and episodes with a time of their own.
        event_period: Seconds between the whales and sweeps of the seeded schedule; 0 means none. Absent: 5, or 0
            where the scenario lists events of its own.
        largest_usd: The largest whale or sweep of that schedule.
        basis: How much dearer an asset is in USDT than in USD (0.0005 is 5 basis points).
        misbehave: Misbehaviours with a time of their own.
    """

    seed: int = 1
    rate: float = 1000.0
    markets: tuple[MarketPlan, ...]
    events: tuple[EventPlan, ...] = ()
    event_period: float | None = None
    largest_usd: float = LARGEST_USD
    basis: float = 0.0005
    misbehave: tuple[PlannedMisbehaviour, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.rate <= 50_000:
            raise ValueError(f"rate is {self.rate}, expected trades per second above 0 and up to 50000")
        if not self.markets:
            raise ValueError("markets is empty, expected at least one")
        if not -0.5 <= self.basis <= 0.5:
            raise ValueError(f"basis is {self.basis}, expected between -0.5 and 0.5")
        if self.event_period is not None and not (self.event_period == 0 or self.event_period >= 0.05):
            raise ValueError(f"event_period is {self.event_period}, expected 0 or at least 0.05 seconds")
        if self.largest_usd <= WHALE_USD:
            raise ValueError(f"largest_usd is {self.largest_usd}, expected more than {WHALE_USD}")
        self._check_markets()

    def _check_markets(self) -> None:
        known = [plan.market for plan in self.markets]
        for market in known:
            if known.count(market) > 1:
                raise ValueError(f"market {market} is listed twice")
        for event in self.events:
            if isinstance(event, QuoteDepegPlan):
                if event.quote not in {market.quote for market in known}:
                    raise ValueError(f"a quote_depeg is of {event.quote}, which no market of the scenario is quoted in")
            elif event.market not in known:
                raise ValueError(f"an event is in {event.market}, which is not among the scenario's markets")
        for order in self.misbehave:
            if order.symbol is not None and Market(order.exchange, order.symbol) not in known:
                raise ValueError(
                    f"a misbehaviour is in {order.exchange}:{order.symbol}, not among the scenario's markets"
                )

    @property
    def period(self) -> float:
        """Seconds between scheduled events, 0 for none."""
        if self.event_period is not None:
            return self.event_period
        return 0.0 if self.events else DEFAULT_EVENT_PERIOD


def default_scenario() -> Scenario:
    """The four markets that are simulated when no scenario file is given."""
    return Scenario(
        markets=(
            MarketPlan(exchange=Venue.BINANCE, symbol="BTC-USDT", price=61_800.0, share=0.4),
            MarketPlan(exchange=Venue.BINANCE, symbol="ETH-USDT", price=2_680.0, share=0.25, volatility=0.75),
            MarketPlan(exchange=Venue.COINBASE, symbol="BTC-USD", price=61_800.0, share=0.2),
            MarketPlan(exchange=Venue.COINBASE, symbol="ETH-USD", price=2_680.0, share=0.15, volatility=0.75),
        )
    )
