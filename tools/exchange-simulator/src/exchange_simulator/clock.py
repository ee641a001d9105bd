"""Time as an argument: the one seam through which the simulator reads a clock or waits for it."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Wall time in UTC microseconds, and waiting."""

    def now_us(self) -> int:
        """UTC microseconds since the epoch; never goes back."""
        ...

    async def wait(self, seconds: float) -> None:
        """Return once that much time has passed; 0 lets others run."""
        ...


class SystemClock:
    """The machine's clock, advanced monotonically from one reading of the wall at construction.

    A step of the wall clock while a simulation runs would stretch or fold its time line; this clock does not step.
    """

    def __init__(self) -> None:
        self._offset_ns = time.time_ns() - time.monotonic_ns()

    def now_us(self) -> int:
        """UTC microseconds since the epoch."""
        return (time.monotonic_ns() + self._offset_ns) // 1000

    async def wait(self, seconds: float) -> None:
        """Sleep on the event loop."""
        await asyncio.sleep(seconds)
