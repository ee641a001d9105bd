"""What a connector has counted since it started, and what it last saw."""

from collections import Counter
from typing import Final

from coattail_common.lines import TradeLine
from coattail_connector.frames.messages import Reason

MICROS: Final = 1_000_000


class Tally:
    """Counts since the start; `received` are frames, the others trades or events. Times are UTC µs."""

    def __init__(self) -> None:
        self.received = 0
        self.forwarded = 0
        self.reconnects = 0
        self.opened = 0
        """Trades that were missing when they should have come, and could be filled."""
        self.backfilled = 0
        self.late = 0
        self.repeated = 0
        self.renumbered = 0
        self.stalls = 0
        self.gaps = 0
        self.missing = 0
        """Trades that are missing for good, in so many `gaps`."""
        self.lists_refused = 0
        """New lists of markets that could not be used."""
        self.refused: Counter[Reason] = Counter()
        self.unavailable = 0
        """Markets that the exchange does not serve now."""
        self._refused_in_a_row = 0
        self._refused_since = 0
        self._read_before = 0
        self.connected = False
        self.last_message_at: int | None = None
        self.last_trades: dict[str, TradeLine] = {}
        self._worst_lag: int | None = None

    def frame(self, now: int) -> None:
        """A frame came."""
        self.received += 1
        self.last_message_at = now

    def trade(self, trade: TradeLine) -> None:
        """A trade was put on the queue."""
        self.forwarded += 1
        self.last_trades[trade.market.symbol] = trade
        lag = trade.ingestion_timestamp - trade.timestamp
        if self._worst_lag is None or lag > self._worst_lag:
            self._worst_lag = lag

    def backfill(self) -> None:
        """A fetched trade was put on the queue. It says nothing about how far behind the exchange we are."""
        self.forwarded += 1
        self.backfilled += 1

    def refusal(self, now: int) -> None:
        """A frame of the feed was refused."""
        if self._read != self._read_before:
            self._refused_in_a_row, self._read_before = 0, self._read
        if not self._refused_in_a_row:
            self._refused_since = now
        self._refused_in_a_row += 1

    def refused_for(self, now: int) -> tuple[int, float]:
        """How many frames were refused since the last trade that could be read, and for how many seconds."""
        if self._read != self._read_before or not self._refused_in_a_row:
            return 0, 0.0
        return self._refused_in_a_row, (now - self._refused_since) / MICROS

    @property
    def _read(self) -> int:
        """Trades of the feed that could be read; counted from others, so that a trade costs nothing more."""
        return self.forwarded - self.backfilled + self.repeated + self.late

    def message_age(self, now: int) -> float | None:
        """Seconds since the last message; `None` before the first."""
        return None if self.last_message_at is None else (now - self.last_message_at) / MICROS

    def take_worst_lag(self) -> int | None:
        """The longest time (µs) from a trade to its arrival since this was last asked; negative under a slow clock."""
        worst, self._worst_lag = self._worst_lag, None
        return worst
