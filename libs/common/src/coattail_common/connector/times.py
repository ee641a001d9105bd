"""An exchange's times in our unit, from their text.

An exchange may print a time finer than a microsecond. The digits beyond six are cut off: rounded up, the last nanosecond of a
day would be the next day, another partition, and later than its own receipt. `msgspec` rounds when it decodes a `datetime`, so
frames are decoded with the text of a time, and every time that is printed for people goes through `micros`.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from coattail_common.connector.encoding import reading

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  (what it is compared with has no zone either: the zone is taken off apart)
_MICROSECOND: Final = timedelta(microseconds=1)
_MINUTE: Final = 60_000_000
_DIGITS: Final = 6
_SECONDS: Final = len("1970-01-01T00:00:00")
_RFC_3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.([0-9]+))?"
    r"(?:[Zz]|([+-])([01][0-9]|2[0-3]):?([0-5][0-9]))"
).fullmatch
_SHOWN: Final = 60


class TimeError(ValueError):
    """A text that is no time of RFC 3339 with a zone."""


def exact_micros(text: str) -> int:
    """Return a time of RFC 3339 (`2026-01-05T23:59:59.999999999Z`, `…+02:00`) as UTC µs since the epoch.

    Digits beyond the microsecond are cut off. Raises `TimeError` for what is no such time: no zone, no such day, a 60th second.
    """
    parsed = _RFC_3339(text)
    if parsed is None:
        raise _error(text)
    try:
        second = datetime.fromisoformat(text[:_SECONDS])
    except ValueError:
        raise _error(text) from None
    fraction, sign, hours, minutes = parsed.groups()
    micros = (second - _EPOCH) // _MICROSECOND
    if fraction is not None:
        micros += int(fraction[:_DIGITS].ljust(_DIGITS, "0"))
    if sign is not None:
        ahead = (int(hours) * 60 + int(minutes)) * _MINUTE
        micros += ahead if sign == "-" else -ahead
    return micros


def _error(text: str) -> TimeError:
    return TimeError(f"{text[:_SHOWN]!r} is no RFC 3339 time with a zone")


micros: Final[Callable[[str], int]] = reading(exact_micros)
"""The same, compiled where it can be."""
