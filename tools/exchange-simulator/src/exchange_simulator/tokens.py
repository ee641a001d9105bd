"""A REST limit of requests a second, with a burst."""

from exchange_simulator.clock import Clock


class TokenBucket:
    """Requests are paid with tokens that come back at ``per_second`` up to ``burst``."""

    def __init__(self, per_second: float, burst: int, clock: Clock) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._tokens = float(burst)
        self._at_us = clock.now_us()

    def take(self) -> bool:
        """Pay for one request; false when there is nothing left to pay with."""
        now = self._clock.now_us()
        self._tokens = min(self._burst, self._tokens + (now - self._at_us) / 1e6 * self._per_second)
        self._at_us = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
