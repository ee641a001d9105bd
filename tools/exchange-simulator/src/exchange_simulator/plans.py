"""What a scenario may plan in its markets: whales and sweeps, which are a moment, and episodes, which last."""

import msgspec

from exchange_simulator.model import EpisodeKind, EventKind, Market, TakerSide, Venue

WHALE_USD = 100_000
"""A whale is above this many USD (MOD-002's medium severity)."""

FILL_LIMIT_USD = 95_000
"""No single fill of a sweep is above this, so that a sweep is never also a whale trade."""

MAX_FILLS = 700
"""The longest sweep; 735 trades in one millisecond are on record at Binance (8 August 2024)."""

_MOST_USD = 50_000_000
_RAMP_SHARE = 0.2


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """Anything planned; ``kind`` in a scenario file says what.

    Attributes:
        at: Seconds after emission begins.
    """

    at: float

    def __post_init__(self) -> None:
        if self.at < 0:
            raise ValueError(f"at is {self.at}, expected seconds from the start (0 or more)")


class WhaleTradePlan(Plan, frozen=True, kw_only=True, tag=EventKind.WHALE_TRADE.value):
    """One fill of more than 100,000 USD.

    Attributes:
        exchange: The venue.
        symbol: ``BASE-QUOTE``.
        side: The taker's.
        usd: Notional.
    """

    exchange: Venue
    symbol: str
    side: TakerSide
    usd: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if not WHALE_USD < self.usd <= _MOST_USD:
            raise ValueError(f"usd is {self.usd}, expected more than {WHALE_USD} (else nothing may be detected)")

    @property
    def market(self) -> Market:
        """The market it happens in."""
        return Market(self.exchange, self.symbol)


class WhaleSweepPlan(WhaleTradePlan, frozen=True, kw_only=True, tag=EventKind.WHALE_SWEEP.value):
    """Many fills of one taker in one millisecond, above 100,000 USD together and none of them alone.

    Attributes:
        fills: How many, 2 to 700; absent means drawn from the seed.
    """

    fills: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        fewest = fewest_fills(self.usd)
        if fewest > MAX_FILLS or (self.fills is not None and not fewest <= self.fills <= MAX_FILLS):
            raise ValueError(
                f"a whale_sweep of {self.usd} USD needs {fewest} to {MAX_FILLS} fills"
                f" of at most {FILL_LIMIT_USD} USD, not {self.fills}"
            )


class LastingPlan(Plan, frozen=True, kw_only=True):
    """Something that lasts.

    Attributes:
        seconds: How long, from the first change to the last.
        every: Seconds from one beginning to the next; absent means that it happens once.
    """

    seconds: float
    every: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.seconds <= 0:
            raise ValueError(f"seconds is {self.seconds}, expected more than 0")
        if self.every is not None and self.every <= self.seconds:
            raise ValueError(f"every is {self.every}, expected more than the {self.seconds} seconds that it lasts")


class VolumeSpikePlan(LastingPlan, frozen=True, kw_only=True, tag=EpisodeKind.VOLUME_SPIKE.value):
    """One market trades a multiple of what it usually does; prices, whales and sweeps are as without it.

    Attributes:
        exchange: The venue.
        symbol: ``BASE-QUOTE``.
        times: The multiple (10 is ten times the usual); absent means drawn from the seed.
    """

    exchange: Venue
    symbol: str
    times: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.times is not None and not 1 < self.times <= 1000:
            raise ValueError(f"times is {self.times}, expected a multiple above 1 and up to 1000")

    @property
    def market(self) -> Market:
        """The market it happens in."""
        return Market(self.exchange, self.symbol)


class MovePlan(LastingPlan, frozen=True, kw_only=True):
    """A price that moves away, stays there, and comes back.

    Attributes:
        percent: How far, up or down (negative); absent means drawn from the seed.
        ramp: Seconds that it takes to move there, and again to come back; absent means a fifth of ``seconds``.
    """

    percent: float | None = None
    ramp: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.percent is not None and not (0 < abs(self.percent) <= 50):
            raise ValueError(f"percent is {self.percent}, expected between -50 and 50, and not 0")
        if self.ramp is not None and not 0 <= self.ramp <= self.seconds / 2:
            raise ValueError(f"ramp is {self.ramp}, expected at most half of the {self.seconds} seconds that it lasts")

    @property
    def ramp_seconds(self) -> float:
        """How long the move takes, each way."""
        return self.seconds * _RAMP_SHARE if self.ramp is None else self.ramp


class SpreadDivergencePlan(MovePlan, frozen=True, kw_only=True, tag=EpisodeKind.SPREAD_DIVERGENCE.value):
    """One market's price leaves that of the other venues.

    Attributes:
        exchange: The venue.
        symbol: ``BASE-QUOTE``.
    """

    exchange: Venue
    symbol: str

    @property
    def market(self) -> Market:
        """The market whose price moves."""
        return Market(self.exchange, self.symbol)


class QuoteDepegPlan(MovePlan, frozen=True, kw_only=True, tag=EpisodeKind.QUOTE_DEPEG.value):
    """A quote currency loses its parity with the dollar: the prices of all its markets move together.

    Attributes:
        quote: Which; ``percent`` is what one of it gains against the dollar, so its markets' prices move the other way.
    """

    quote: str = "USDT"


EpisodePlan = VolumeSpikePlan | SpreadDivergencePlan | QuoteDepegPlan
EventPlan = WhaleTradePlan | WhaleSweepPlan | EpisodePlan


def fewest_fills(usd: float) -> int:
    """The fewest fills a sweep of this notional can have without any of them being a whale by itself."""
    return max(2, int(usd // FILL_LIMIT_USD) + 1)
