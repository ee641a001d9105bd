"""Times as text: which unit they are in shows in how many digits they have, since nothing was traded before 2009 and what lies
beyond 2099 is an error. A time in ISO 8601 without a zone is UTC. What is finer than a microsecond is cut off, from the text, as the
connectors do."""

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
_UNITS: Final = {10: "* 1000000", 13: "* 1000", 16: "", 19: "div 1000"}
_ISO: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:.*"
_FRACTION: Final = r"^[0-9]{10}[.][0-9]+$"


def micros_sql(text: str, number: str) -> str:
    """UTC µs of s, ms, µs, ns, s with a fraction, or ISO 8601; `UNREADABLE` for anything else, NULL for NULL. `number` is the column of
    the text as an integer, NULL where it is none."""
    units = " ".join(f"WHEN {digits} THEN {number} {to_micros}" for digits, to_micros in _UNITS.items())
    return (
        f"CASE WHEN {number} > 0 THEN CASE octet_length({text}) {units} ELSE {UNREADABLE} END "
        f"WHEN {text} IS NULL THEN NULL "
        f"WHEN {text} RLIKE '{_FRACTION}' THEN "
        f"CAST(substr({text}, 1, 10) AS bigint) * 1000000 + CAST(rpad(substr({text}, 12, 6), 6, '0') AS bigint) "
        f"WHEN {text} RLIKE '{_ISO}' THEN coalesce(unix_micros(try_cast({text} AS timestamp)), {UNREADABLE}) "
        f"ELSE {UNREADABLE} END"
    )
