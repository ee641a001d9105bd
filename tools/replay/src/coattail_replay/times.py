"""Times as text. The number of digits gives the unit, since no trade is before 2009 and a time after 2099 is an error. A time in
ISO 8601 without a zone is UTC. What is finer than a microsecond is cut off the text, never rounded: a trade must have the same
time from every source."""

from typing import Final

from coattail_common.quality import EARLIEST_MICROS, LATEST_MICROS

UNREADABLE: Final = -1
"""A time (µs) that could not be read: the record rules refuse it."""
RECEIVED_SQL: Final = (
    f"CASE WHEN timestamp BETWEEN {EARLIEST_MICROS} AND {LATEST_MICROS - 1} THEN coalesce(received, timestamp) "
    f"WHEN timestamp IS NOT NULL THEN {EARLIEST_MICROS} END"
)
"""The receive time where there is one, else the trade's own. Where the trade's cannot be, it is the earliest there is, so that the
rules find the trade's at fault."""
_DIGITS_BEHIND: Final = {10: 6, 13: 3, 16: 0, 19: -3}
"""Digits of a time → how many more make it µs."""
_ISO: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:.*"
_FRACTION: Final = r"^[0-9]+[.][0-9]*$"


def micros(whole: str, fraction: str) -> int | None:
    """UTC µs of a time in s, ms, µs or ns, given by its digits before and behind the point; None when it is none of these."""
    behind = _DIGITS_BEHIND.get(len(whole))
    if behind is None:
        return None
    return int(whole + fraction[:behind].ljust(behind, "0")) if behind >= 0 else int(whole[:behind])


def micros_sql(text: str, number: str) -> str:
    """The same as SQL, and of ISO 8601 too; `UNREADABLE` for anything else, NULL for NULL. `number` is the column of the text as an
    integer, NULL where it is none."""
    whole, fraction = (f"substring_index({text}, '.', {side})" for side in (1, -1))
    integers = " ".join(f"WHEN {digits} THEN {_shifted(number, behind)}" for digits, behind in _DIGITS_BEHIND.items())
    pointed = " ".join(
        f"WHEN {digits} THEN try_cast(concat({whole}, rpad(left({fraction}, {behind}), {behind}, '0')) AS bigint)"
        if behind > 0
        else f"WHEN {digits} THEN {_shifted(f'try_cast({whole} AS bigint)', behind)}"
        for digits, behind in _DIGITS_BEHIND.items()
    )
    return (
        f"CASE WHEN {number} > 0 THEN CASE octet_length({text}) {integers} ELSE {UNREADABLE} END "
        f"WHEN {text} IS NULL THEN NULL "
        f"WHEN {text} RLIKE '{_FRACTION}' THEN coalesce(CASE octet_length({whole}) {pointed} END, {UNREADABLE}) "
        f"WHEN {text} RLIKE '{_ISO}' THEN coalesce(unix_micros(try_cast({text} AS timestamp)), {UNREADABLE}) "
        f"ELSE {UNREADABLE} END"
    )


def _shifted(number: str, behind: int) -> str:
    return f"{number} * {10**behind}" if behind > 0 else f"{number} div {10**-behind}" if behind < 0 else number
