"""Whether the stream answers: told once when it changes, and asked by the health probe."""

import time
from collections.abc import Callable
from typing import Final

from aws_lambda_powertools import Logger

_QUIET_SECONDS: Final = 10.0


class Reachability:
    """The last thing that is known about the stream. `clock` gives seconds.

    A stream of which some calls fail and others do not is one outage, told once: it ends with an answer when no call has
    failed for 10 s.
    """

    def __init__(self, stream: str, log: Logger, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.stream = stream
        self.reason = "not asked yet"
        """Why it does not answer; empty when it does."""
        self._log = log
        self._clock = clock
        self._told = False
        self._failed_at = 0.0

    @property
    def answers(self) -> bool:
        """Whether the last call was answered."""
        return not self.reason

    def up(self) -> None:
        """A call was answered."""
        self.reason = ""
        if self._told and self._clock() >= self._failed_at + _QUIET_SECONDS:
            self._told = False
            self._log.info("the stream answers again", stream=self.stream)

    def down(self, reason: str) -> None:
        """A call failed."""
        self.reason, self._failed_at = reason, self._clock()
        if not self._told:
            self._told = True
            self._log.warning(
                "the stream does not answer; trades are kept and it is tried again", stream=self.stream, error=reason
            )
