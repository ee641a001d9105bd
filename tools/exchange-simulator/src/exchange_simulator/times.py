"""Times as most exchanges print them: ISO 8601, UTC."""

import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

YEAR_ONE = "0001-01-01T00:00:00.000000Z"
"""A time that no trade has."""


def micros(text: str) -> int:
    """A time with a zone as UTC µs, without the digits beyond: rounded up, the last ones of a day would be the next day.

    Raises:
        ValueError: it is no such time.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"time {text!r} has no zone")
    return (at - _EPOCH) // _MICROSECOND


def iso_micros(time_us: int) -> str:
    """UTC µs as ``2026-01-05T10:00:01.000000Z``."""
    seconds, micros = divmod(time_us, 1_000_000)
    return f"{_iso_second(seconds)}.{micros:06d}Z"


@lru_cache(maxsize=256)
def _iso_second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
