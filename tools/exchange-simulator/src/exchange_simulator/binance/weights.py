"""Binance's request weight: so much a minute, then 429, and for those who go on 418."""

import msgspec

from exchange_simulator.clock import Clock

_MINUTE_US = 60_000_000
_BAN_US = 120_000_000
_WARNINGS = 10


class Verdict(msgspec.Struct, frozen=True):
    """Whether a request may pass: ``status`` is 200, 429 or 418; ``retry_after`` is in seconds (0 when it may)."""

    status: int
    used: int
    retry_after: int = 0


class WeightLimit:
    """The account of one IP address: fixed minutes, as ``X-MBX-USED-WEIGHT-1M`` shows them.

    A client that asks ten times more after its 429 is banned for two minutes.
    """

    def __init__(self, limit: int, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._minute = 0
        self._used = 0
        self._warnings = 0
        self._banned_until_us = 0

    def spend(self, weight: int) -> Verdict:
        """Count a request and judge it."""
        now = self._clock.now_us()
        if now < self._banned_until_us:
            return Verdict(418, self._used, _seconds(self._banned_until_us - now))
        minute = now // _MINUTE_US
        if minute != self._minute:
            self._minute, self._used, self._warnings = minute, 0, 0
        self._used += weight
        if self._used <= self._limit:
            return Verdict(200, self._used)
        self._warnings += 1
        if self._warnings > _WARNINGS:
            self._banned_until_us = now + _BAN_US
            return Verdict(418, self._used, _seconds(_BAN_US))
        return Verdict(429, self._used, _seconds((minute + 1) * _MINUTE_US - now))


def _seconds(us: int) -> int:
    return max(1, -(-us // 1_000_000))
