"""The rules put together: one verdict for each line, in SQL and in Python."""

from collections.abc import Iterable
from typing import Final

import msgspec

from coattail_common.contracts import Trade
from coattail_common.lines import decode_trade, encode_trade
from coattail_common.quality.reading import read
from coattail_common.quality.rule import RecordRule
from coattail_common.quality.shape import INTEGER_LIMITS, SHAPE_RULES, canonical_sql
from coattail_common.quality.values import VALUE_RULES

RULES: Final[tuple[RecordRule, ...]] = (*SHAPE_RULES, *VALUE_RULES)
"""In the order in which they judge."""

_LONG: Final = INTEGER_LIMITS["bigint"]


def verdict_sql(is_canonical: str | None = None) -> str:
    """A SQL expression: the name of the first rule that refuses the line, NULL for a valid trade.

    `is_canonical` names a column that holds `canonical_sql`, where there is one.
    """
    return f"coalesce(IF({is_canonical or canonical_sql()}, NULL, {_first(SHAPE_RULES)}), {_first(VALUE_RULES)})"


def judge(line: bytes) -> Trade | RecordRule:
    """The trade of a line, or the first rule that refuses the line. Raises nothing, whatever the line holds."""
    trade = _canonical(line)
    if trade is not None:
        return next((rule for rule in VALUE_RULES if rule.refuses(trade)), trade)
    reading = read(line)
    for rule in SHAPE_RULES:
        if rule.refuses(reading):
            return rule
    # Null stands for a missing field: it has its default.
    fields = {name: reading.field(name) for name in Trade.__struct_fields__ if reading.field(name) is not None}
    stated = Trade(**fields)  # type: ignore[arg-type]
    refused = next((rule for rule in VALUE_RULES if rule.refuses(stated)), None)
    return refused or msgspec.convert(fields, Trade)


def _canonical(line: bytes) -> Trade | None:
    """The trade of a line that `encode_trade` would write so; most lines are, and for them no shape rule needs asking."""
    try:
        trade = decode_trade(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    fits = -_LONG <= trade.trade_id < _LONG and trade.timestamp < _LONG and trade.ingestion_timestamp < _LONG
    return trade if fits and encode_trade(trade) == line else None


def _first(rules: Iterable[RecordRule]) -> str:
    return "CASE " + " ".join(f"WHEN {rule.sql} THEN '{rule.name}'" for rule in rules) + " END"
