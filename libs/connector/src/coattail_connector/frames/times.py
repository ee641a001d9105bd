"""An exchange's times in our unit, from their text.

An exchange may print a time finer than a microsecond. The digits beyond six are cut off: rounded up, the last nanosecond of a
day would be the next day, another partition, and later than its own receipt. `msgspec` rounds when it decodes a `datetime`, so
frames are decoded with the text of a time, and every time that is printed for people goes through `micros`.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from coattail_connector.frames.encoding import reading

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  (of a second without its zone, which is taken off apart)
_MICROSECOND: Final = timedelta(microseconds=1)
_MINUTE: Final = 60_000_000
_SECOND: Final = len("1970-01-01T00:00:00")
_MICRO: Final = len("1970-01-01T00:00:00.000000")
_is_second: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}").fullmatch
_rest: Final = re.compile(r"(?:\.([0-9]{1,6})[0-9]*)?(?:[Zz]|([+-])([01][0-9]|2[0-3]):?([0-5][0-9]))").fullmatch
_SCALES: Final = tuple(10 ** (6 - digits) for digits in range(7))
_REMEMBERED: Final = 1024
_SHOWN: Final = 60


class TimeError(ValueError):
    """A text that is no time of RFC 3339 with a zone."""


def exact_micros(text: str) -> int:
    """Return a time of RFC 3339 (`2026-01-05T23:59:59.999999999Z`, `…+02:00`) as UTC µs since the epoch.

    Digits beyond the microsecond are cut off. Raises `TimeError` for what is no such time: no zone, no such day, a 60th second.
    """
    try:
        micros = _seconds[text[:_SECOND]]
    except ValueError:
        raise _error(text) from None
    digits = text[_SECOND + 1 : _MICRO]
    if text[_MICRO:] == "Z" and text[_SECOND] == "." and digits.isdecimal() and digits.isascii():  # nearly always
        return micros + int(digits)
    rest = _rest(text, _SECOND)
    if rest is None:
        raise _error(text)
    fraction, sign, hours, minutes = rest.groups()
    if fraction is not None:
        micros += int(fraction) * _SCALES[len(fraction)]
    if sign is not None:
        ahead = (int(hours) * 60 + int(minutes)) * _MINUTE
        micros += ahead if sign == "-" else -ahead
    return micros


class _Seconds(dict[str, int]):
    """Whole seconds, as if in UTC, as µs by their text. Neighbouring trades share them, and reading one costs the most."""

    def __missing__(self, text: str) -> int:
        if not _is_second(text):
            raise _error(text)
        micros = (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = micros
        return micros


_seconds: Final = _Seconds()


def _error(text: str) -> TimeError:
    return TimeError(f"{text[:_SHOWN]!r} is no RFC 3339 time with a zone")


micros: Final[Callable[[str], int]] = reading(exact_micros)
"""The same, compiled where it can be."""
