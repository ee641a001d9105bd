"""An exchange's times in our unit."""

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def micros(time: datetime) -> int:
    """A time with a zone as UTC µs, exactly."""
    return (time - _EPOCH) // _MICROSECOND
