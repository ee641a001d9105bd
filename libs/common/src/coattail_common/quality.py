"""The record rules: when a line of the stream is a valid trade, and why not.

Each rule is a SQL predicate over the columns of the trade's JSON (`lake.wire_ddl`), evaluated natively by Spark. A line is
refused by the first rule that finds fault with it.
"""

from typing import Final

import msgspec

from coattail_common.contracts import SCHEMA_VERSION, Trade

LINE: Final = "line"
"""The column of the line itself."""
CORRUPT: Final = "corrupt_line"
"""The column in which the JSON reader leaves a line that it could not read, or not wholly."""

ACCEPTED_VERSIONS: Final = tuple(version for version in (SCHEMA_VERSION - 1, SCHEMA_VERSION) if version > 0)
EARLIEST_MICROS: Final = 1_230_940_800_000_000
"""2009-01-03, the day of the first block: no trade is older."""
AHEAD_MICROS: Final = 86_400_000_000
"""How far an exchange's clock may run ahead of the connector's: a day. Being ahead is not an error by itself."""

_AMOUNT: Final = r"^[0-9]{1,20}([.][0-9]{1,18})?$"
_SYMBOL: Final = r"^[A-Z0-9]{1,20}-[A-Z0-9]{1,20}$"


class RecordRule(msgspec.Struct, frozen=True):
    """A rule: `name` as `reason.what`, and the SQL condition under which it refuses the line."""

    name: str
    refuses: str

    @property
    def reason(self) -> str:
        """`malformed` (not a JSON object), `incomplete` (a field is missing) or `invalid` (a value cannot be)."""
        return self.name.partition(".")[0]


def _amount(column: str) -> RecordRule:
    return RecordRule(f"invalid.{column}", f"NOT ({column} RLIKE '{_AMOUNT}' AND CAST({column} AS double) > 0)")


RULES: Final = (
    RecordRule(
        "malformed.not_json",
        f"NOT startswith(ltrim({LINE}), '{{') OR "
        f"({CORRUPT} IS NOT NULL AND event_id IS NULL AND trade_id IS NULL AND symbol IS NULL)",
    ),
    RecordRule("invalid.type", f"{CORRUPT} IS NOT NULL"),
    *(
        RecordRule(f"incomplete.{field.name}", f"{field.name} IS NULL")
        for field in msgspec.structs.fields(Trade)
        if field.required
    ),
    RecordRule("invalid.schema_version", f"schema_version NOT IN ({', '.join(map(str, ACCEPTED_VERSIONS))})"),
    RecordRule("invalid.symbol", f"NOT symbol RLIKE '{_SYMBOL}' OR symbol != concat(base, '-', quote)"),
    RecordRule("invalid.trade_id", "trade_id < 0"),
    RecordRule("invalid.event_id", "event_id != concat(exchange, ':', symbol, ':', trade_id)"),
    _amount("price"),
    _amount("quantity"),
    _amount("quote_volume"),
    RecordRule(
        "invalid.quote_volume",
        "abs(CAST(quote_volume AS double) / (CAST(price AS double) * CAST(quantity AS double)) - 1) > 1e-9",
    ),
    RecordRule("invalid.side", "side NOT IN ('buy', 'sell')"),
    RecordRule("invalid.origin", "origin NOT IN ('stream', 'backfill')"),
    RecordRule(
        "invalid.timestamp", f"timestamp NOT BETWEEN {EARLIEST_MICROS} AND ingestion_timestamp + {AHEAD_MICROS}"
    ),
)


def verdict_sql() -> str:
    """A SQL expression: the name of the first rule that refuses the line, NULL for a valid trade."""
    return "CASE " + " ".join(f"WHEN {rule.refuses} THEN '{rule.name}'" for rule in RULES) + " END"
