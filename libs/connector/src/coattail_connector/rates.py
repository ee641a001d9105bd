"""How fast an exchange may be asked: a bucket of weight that fills up again, and the times it told us to wait.

Pure: times are seconds of one clock that never goes back.
"""


class RateLimit:
    """`per_second` of weight comes back each second, up to `burst`. One for all that is asked of an exchange."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._left = burst
        self._at = 0.0
        self._paused_until = 0.0

    def delay(self, weight: float, now: float) -> float:
        """Seconds until a request of `weight`, at most `burst`, may be sent; 0 when it may be now."""
        self._refill(now)
        return max(0.0, self._paused_until - now, (weight - self._left) / self._per_second)

    def spend(self, weight: float, now: float) -> None:
        """A request of `weight` is sent."""
        self._refill(now)
        self._left -= weight

    def pause(self, seconds: float, now: float) -> None:
        """Nothing may be sent for so long."""
        self._paused_until = max(self._paused_until, now + seconds)

    def _refill(self, now: float) -> None:
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second)
        self._at = now
