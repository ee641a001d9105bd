"""How long an exchange asks to be left alone, from the headers of its answer; for REST and for the handshake of a feed."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

TOO_MANY: Final = (429, 418)
"""The statuses of who asks too often; 418 where one went on after 429."""
_DEFAULT_SECONDS: Final = 10.0
_LONGEST_SECONDS: Final = 3 * 24 * 3600.0


def retry_after(headers: Mapping[str, str], default: float = _DEFAULT_SECONDS) -> float:
    """Seconds: those that `Retry-After` says or, where it says a date, until then by the clock of the other side; else `default`."""
    text = headers.get("Retry-After", "")
    if text.isdecimal():
        return min(float(text), _LONGEST_SECONDS)
    try:
        again, now = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("Date", ""))
        return min(max(0.0, (again - now).total_seconds()), _LONGEST_SECONDS)
    except (ValueError, TypeError):  # no date, or one without its zone
        return default
