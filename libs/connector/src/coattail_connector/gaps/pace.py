"""How often a market trades, and so whether its silence is out of the ordinary. Pure: times are seconds of one clock."""

from math import exp
from typing import Final

import msgspec

SHORTEST: Final = 10.0
"""Seconds. A shorter silence is never out of the ordinary."""
LONGEST: Final = 300.0
"""Seconds. A longer one always is, however seldom the market trades."""
UNKNOWN: Final = 30.0
"""Seconds. The longest silence of a market whose pace is not known yet."""
_INTERVALS: Final = 20
"""Were trades independent, a silence of twenty usual intervals would come once in e²⁰ of them."""
_MEMORY_SECONDS: Final = 60.0


class Pacing(msgspec.Struct, frozen=True, kw_only=True):
    """Which silences are out of the ordinary, and how often markets are looked at. Seconds.

    A silence shorter than `shortest` never is, one longer than `longest` always; `unknown` is the longest of a market whose
    pace is not known yet.
    """

    every: float = 1.0
    shortest: float = SHORTEST
    longest: float = LONGEST
    unknown: float = UNKNOWN


class Pace:
    """A market's recent pace, by looking now and then at its newest id."""

    def __init__(self, pacing: Pacing | None = None) -> None:
        self._pacing = pacing or Pacing()
        self._newest: int | None = None
        self._moved_at: float | None = None
        self._per_second: float | None = None
        self._allowed = self._pacing.unknown

    def look(self, newest: int | None, now: float) -> None:
        """The newest id of the market now; `None` while none is known."""
        if self._moved_at is None:
            self._moved_at = now
        elif newest != self._newest and now > self._moved_at:
            if self._newest is not None and newest is not None:
                self._learn(abs(newest - self._newest), now - self._moved_at)
            self._moved_at = now
        self._newest = newest

    def silence(self, now: float) -> float:
        """Seconds since the newest id was last another one, or the market was first looked at."""
        return 0.0 if self._moved_at is None else now - self._moved_at

    def suspicious(self, now: float) -> bool:
        """Whether it has been silent for longer than is usual."""
        return self._moved_at is not None and self.silence(now) >= self._allowed

    def cleared(self, now: float) -> None:
        """The silence has its reason: do not suspect it before it has lasted twice as long."""
        self._allowed = 2 * self.silence(now)

    def excused(self, now: float) -> None:
        """The silence until now was ours: we did not read."""
        self._moved_at = now

    def suspect_soon(self, now: float) -> None:
        """The connection is a new one, and what came before it may have been missed: suspect the next silence early."""
        self._allowed = min(self._allowed, self.silence(now) + self._pacing.shortest)

    def _learn(self, trades: int, seconds: float) -> None:
        rate = trades / seconds
        weight = 1 - exp(-seconds / _MEMORY_SECONDS)
        self._per_second = rate if self._per_second is None else self._per_second + weight * (rate - self._per_second)
        self._allowed = min(self._pacing.longest, max(self._pacing.shortest, _INTERVALS / self._per_second))
