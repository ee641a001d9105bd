"""When a failed driver is started again.

Source: EMR Serverless user guide, "Job resiliency". A batch job runs at most `maxAttempts` times (default 1). A streaming
job restarts until it has failed `maxFailedAttemptsPerHour` times (default 5) within an hour.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Mode = Literal["BATCH", "STREAMING"]

_HOUR = 3600.0
_DEFAULT_FAILURES_PER_HOUR = 5
_MOST_ATTEMPTS = 10


class InvalidRetryPolicyError(Exception):
    """A bound outside of what EMR Serverless accepts."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    mode: Mode
    max_attempts: int = 1
    max_failed_attempts_per_hour: int = _DEFAULT_FAILURES_PER_HOUR

    @classmethod
    def of(cls, mode: Mode, policy: Mapping[str, Any]) -> "RetryPolicy":
        """From the request's `retryPolicy`. Raises `InvalidRetryPolicyError` naming the bad field."""
        for name, value in policy.items():
            if not 1 <= value <= _MOST_ATTEMPTS:
                raise InvalidRetryPolicyError(f"retryPolicy.{name} is {value}: 1 to {_MOST_ATTEMPTS} are accepted")
        return cls(
            mode,
            policy.get("maxAttempts", 1),
            policy.get("maxFailedAttemptsPerHour", _DEFAULT_FAILURES_PER_HOUR),
        )

    def allows_another(self, failures: list[float], now: float) -> bool:
        """Whether to run again after the failures at these times (seconds), the last one included."""
        if self.mode == "BATCH":
            return len(failures) < self.max_attempts
        return sum(1 for failure in failures if failure > now - _HOUR) < self.max_failed_attempts_per_hour
