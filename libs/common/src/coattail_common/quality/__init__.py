"""The record rules: when a line of the stream is a valid trade, and why not.

Each rule is written twice, side by side: as a SQL condition, which Spark evaluates natively over millions of lines, and as a
Python function for a single line. Both give the same verdict on every line of bytes; a property test checks
that. The first rule that a line breaks refuses it.
"""

from coattail_common.contracts import is_symbol
from coattail_common.quality.rule import CORRUPT, LINE, RecordRule
from coattail_common.quality.shape import SHAPE_RULES, canonical_sql, written_sql
from coattail_common.quality.values import (
    ACCEPTED_VERSIONS,
    AHEAD_MICROS,
    EARLIEST_MICROS,
    LATEST_MICROS,
    VALUE_RULES,
    is_exchange,
)
from coattail_common.quality.verdict import RULES, judge, verdict_sql

__all__ = [
    "ACCEPTED_VERSIONS",
    "AHEAD_MICROS",
    "CORRUPT",
    "EARLIEST_MICROS",
    "LATEST_MICROS",
    "LINE",
    "RULES",
    "SHAPE_RULES",
    "VALUE_RULES",
    "RecordRule",
    "canonical_sql",
    "is_exchange",
    "is_symbol",
    "judge",
    "verdict_sql",
    "written_sql",
]
