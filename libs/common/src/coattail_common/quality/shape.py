"""The rules about how a line is written, and the form of a line that needs none of them.

Spark's `from_json` is forgiving: it reads a number into a string column by way of a double, takes the last of two equal keys,
single quotes and `NaN`, and stops after the first object of a line, whatever follows. So the shape of a line is judged by the
variant reader, which is strict. That costs a second parse; a line in canonical form, as our own producers write it, is spared it.
"""

import re
from collections.abc import Callable
from typing import Final

import msgspec

from coattail_common import lake
from coattail_common.contracts import Trade
from coattail_common.quality.reading import MAX_LINE_BYTES, Reading
from coattail_common.quality.rule import CORRUPT, LINE, ShapeRule

MAX_NESTED: Final = 64
"""How many objects and arrays a line may open. The variant functions recurse: a thousand of them overflow Java's stack."""
MAX_DIGITS: Final = 255
"""How many digits may stand in a row. Jackson, the parser within Spark, gives up at about a thousand."""
INTEGER_LIMITS: Final = {"bigint": 2**63, "int": 2**31}
"""Where a column's integers end: from minus the limit up to just below it."""

_COLUMNS: Final = lake.wire_columns(Trade)
_STRINGS: Final = ", ".join(f"'{column.name}'" for column in _COLUMNS if column.type == "string")
_SPACE: Final = r" \t\r"
_TOO_MANY_DIGITS: Final = f"[0-9]{{{MAX_DIGITS + 1}}}"
_VARIANT: Final = f"try_parse_json({LINE})"


def written_sql() -> str:
    """Return a SQL expression: the line that `lines.encode_trade` writes of a trade's fields, where no string needs an escape."""
    return f"concat('{{', {", ',', ".join(_written(column) for column in _COLUMNS)}, '}}')"


def canonical_sql() -> str:
    """A SQL condition: the line is, byte for byte, what `lines.encode_trade` makes of the fields that were read from it.

    Such a line holds each field once, in its type, and nothing else: a string with anything that JSON escapes would not come
    out the same. NULL or false for any other line.
    """
    return f"{LINE} = {written_sql()}"


def _written(column: lake.Column) -> str:
    if column.type == "string":
        return f"""'"{column.name}":"', {column.name}, '"'"""
    return f"""'"{column.name}":', {column.name}"""


def _is_too_large(line: bytes) -> bool:
    nested = line.count(b"[") + line.count(b"{")
    return len(line) > MAX_LINE_BYTES or nested > MAX_NESTED or _too_many_digits(line) is not None


_too_many_digits: Final = re.compile(_TOO_MANY_DIGITS.encode()).search


def _has_wrong_type(reading: Reading) -> bool:
    return any(not _fits(reading.field(column.name), column.type) for column in _COLUMNS)


def _fits(value: object, wire_type: str) -> bool:
    if value is None:
        return True
    if wire_type == "string":
        return isinstance(value, str)
    limit = INTEGER_LIMITS[wire_type]
    return type(value) is int and -limit <= value < limit  # not isinstance: true and false are no numbers


def _missing(field: str) -> Callable[[Reading], bool]:
    return lambda reading: reading.field(field) is None


SHAPE_RULES: Final = (
    ShapeRule("malformed.not_utf8", f"NOT is_valid_utf8({LINE})", lambda reading: not reading.is_utf8),
    ShapeRule(
        "malformed.too_large",
        f"octet_length({LINE}) > {MAX_LINE_BYTES} "
        f"OR octet_length({LINE}) - octet_length(translate({LINE}, '[{{', '')) > {MAX_NESTED} "
        f"OR {LINE} RLIKE '{_TOO_MANY_DIGITS}'",
        lambda reading: _is_too_large(reading.line),
    ),
    ShapeRule(
        "malformed.not_json",
        # The variant reader, too, stops after the first value. If the object is whole without the line's last brace, then that
        # brace did not close it: something follows it.
        f"NOT {LINE} RLIKE r'\\A[{_SPACE}]*[{{]' OR {_VARIANT} IS NULL "
        f"OR try_parse_json(regexp_replace({LINE}, r'[}}][{_SPACE}]*\\z', '')) IS NOT NULL",
        lambda reading: reading.fields is None,
    ),
    ShapeRule(
        "invalid.type",
        f"{CORRUPT} IS NOT NULL OR exists(map_entries(CAST({_VARIANT} AS map<string, variant>)), "
        f"field -> field.key IN ({_STRINGS}) AND schema_of_variant(field.value) NOT IN ('STRING', 'VOID'))",
        _has_wrong_type,
    ),
    *(
        ShapeRule(f"incomplete.{field.name}", f"{field.name} IS NULL", _missing(field.name))
        for field in msgspec.structs.fields(Trade)
        if field.required
    ),
)
