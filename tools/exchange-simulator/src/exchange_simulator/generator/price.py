"""The price of an asset as it wanders: one path per base asset, which every venue follows at a small distance."""

import math

from exchange_simulator.generator.seeded import seeded

_STEP_US = 50_000
_SECONDS_PER_YEAR = 365.0 * 86_400.0
_STEP_DEVIATION = math.sqrt(_STEP_US / 1e6 / _SECONDS_PER_YEAR)
_VENUE_DEVIATION = 5e-5
_VENUE_MEMORY = 0.98
_MAX_LOG_MOVE = 1.5


class PricePath:
    """Quoted price over time: a driftless geometric random walk shared by base asset, plus the venue's own noise.

    Every market of a base asset draws the same walk from the same seed, so that venues quote one price without
    sharing state. The venue's noise is mean-reverting with a deviation of about 2.5 basis points. The log of the
    walk stays within 1.5 of its start.
    """

    def __init__(self, *, seed: int, base: str, venue: str, start: float, volatility: float) -> None:
        self._walk_random = seeded(seed, "price", base)
        self._venue_random = seeded(seed, "price", base, venue)
        self._start = start
        self._volatility = volatility
        self._step = 0
        self._walk = 0.0
        self._noise = 0.0

    def at(self, time_us: int) -> float:
        """The mid price at a time, which may not be before the time asked for last."""
        while self._step * _STEP_US < time_us:
            self._step += 1
            self._walk += self._walk_random.gauss(0.0, _STEP_DEVIATION)
            self._noise = _VENUE_MEMORY * self._noise + self._venue_random.gauss(0.0, _VENUE_DEVIATION)
        move = self._volatility * self._walk + self._noise
        return self._start * math.exp(max(-_MAX_LOG_MOVE, min(_MAX_LOG_MOVE, move)))
