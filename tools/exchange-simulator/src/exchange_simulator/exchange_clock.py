"""The clock the exchanges show: the machine's for generated trades, the recording's for replayed ones."""

from exchange_simulator.clock import Clock
from exchange_simulator.source import Source


class ExchangeClock:
    """Follows the engine along a source's time line.

    Attributes:
        position_us: How far the time line has been played.
    """

    def __init__(self, source: Source, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self.position_us = 0

    def now_us(self) -> int:
        """UTC microseconds."""
        return self._source.exchange_time(self.position_us, self._clock.now_us())
