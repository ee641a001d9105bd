"""Where trades come from: the seam between a generated or recorded time line and the engine that plays it."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from exchange_simulator.model import InjectedEpisode, InjectedEvent, Market, Trade


class Emission(msgspec.Struct, frozen=True, gc=False):
    """One trade that is due.

    Attributes:
        market: Where it happened.
        trade: The fill.
        time_us: When it happened, UTC.
        frame: The recorded frame, to be sent byte for byte; ``None`` has one rendered.
        is_new: False for a recorded ``last_match``: it is sent, but it is a trade from before the recording.
    """

    market: Market
    trade: Trade
    time_us: int
    frame: bytes | None = None
    is_new: bool = True


class Stretch(msgspec.Struct, frozen=True):
    """What fell into a stretch of a time line, and the episodes that were over with it; times are UTC."""

    emissions: list[Emission]
    events: list[InjectedEvent]
    episodes: list[InjectedEpisode]


class Source(Protocol):
    """A time line of trades. Positions count microseconds from its start."""

    @property
    def markets(self) -> Sequence[Market]:
        """Every market it has trades of."""
        ...

    def before(self, market: Market, now_us: int) -> Emission | None:
        """The market's last trade from before the start, or ``None`` where the time line brings its own."""
        ...

    def take(self, until_us: int, origin_us: int) -> Stretch:
        """Everything before a position (exclusive) that was not taken yet, in order.

        ``origin_us`` is the UTC time of position 0, for sources whose trades happen now.
        """
        ...

    def under_way(self) -> list[InjectedEpisode]:
        """The episodes that have begun and are not over, as if they ended where the time line stands."""
        ...

    def next_due(self) -> int | None:
        """A position at or before the next trade's, or ``None`` when there is none left."""
        ...

    def exchange_time(self, position_us: int, wall_us: int) -> int:
        """What the exchange's clock shows at a position: UTC µs, now or when the recording was made."""
        ...

    def skipped(self) -> dict[str, int]:
        """Messages of a recording that are not trades, by type."""
        ...
