"""A service under a wall clock that steps: `python -m coattail_chaos.stepped_clock FILE MODULE ARGUMENTS…`.

FILE holds a number of seconds, as text. The service's time is so much ahead of the machine's, from its next call of the clock
on. This module replaces `time.time` and `time.time_ns` before it imports the service. Other clocks do not step: `datetime.now`,
which signs AWS calls, and monotonic clocks.
"""

import runpy
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

_NANOS: Final = 1_000_000_000


class SteppedClock:
    """The machine's clock and the seconds that a file holds, which is read at every look."""

    def __init__(self, offset: Path, time_ns: Callable[[], int] = time.time_ns) -> None:
        self._offset = offset
        self._time_ns = time_ns

    def time_ns(self) -> int:
        """See `time.time_ns`."""
        return self._time_ns() + int(float(self._offset.read_text()) * _NANOS)

    def time(self) -> float:
        """See `time.time`."""
        return self.time_ns() / _NANOS


def main() -> None:
    """Put the clock in place, and become the service."""
    _, offset, module, *arguments = sys.argv
    clock = SteppedClock(Path(offset))
    time.time, time.time_ns = clock.time, clock.time_ns
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
