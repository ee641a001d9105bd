"""An exchange's times in our unit."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from coattail_common.connector.encoding import compiled_micros

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def exact_micros(time: datetime) -> int:
    """A time with a zone as UTC µs, exactly."""
    return (time - _EPOCH) // _MICROSECOND


micros: Final[Callable[[datetime], int]] = compiled_micros or exact_micros
"""The same, compiled where it can be."""
