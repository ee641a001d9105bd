"""The rules about what a line says."""

import re
from typing import Final

from coattail_common.contracts import SCHEMA_VERSION, SYMBOL_PATTERN, Origin, Side, event_id, is_symbol
from coattail_common.quality.rule import ValueRule

ACCEPTED_VERSIONS: Final = tuple(version for version in (SCHEMA_VERSION - 1, SCHEMA_VERSION) if version > 0)
EARLIEST_MICROS: Final = 1_230_940_800_000_000
"""2009-01-03, the day of the first block: no trade is older."""
LATEST_MICROS: Final = 4_102_444_800_000_000
"""2100-01-01: a receiver's clock that says so is wrong, and sums of later times may leave 64 bits."""
AHEAD_MICROS: Final = 86_400_000_000
"""How far an exchange's clock may run ahead of the connector's: a day. Being ahead is not an error by itself."""
PRECISION: Final = 1e-9
"""How far, as a share, the quote volume may be from the product as doubles have it."""

_EXCHANGE: Final = "[a-z0-9][a-z0-9_-]{0,31}"
_AMOUNT: Final = "[0-9]{1,20}([.][0-9]{1,18})?"

_is_exchange: Final = re.compile(_EXCHANGE).fullmatch
_is_amount: Final = re.compile(_AMOUNT).fullmatch


def is_exchange(text: str) -> bool:
    """Whether the rules find no fault with the name of an exchange."""
    return _is_exchange(text) is not None


def _matches(column: str, pattern: str) -> str:
    # \z and not $, which lets a line break stand at the end.
    return f"{column} RLIKE r'\\A{pattern}\\z'"


def _no_amount_sql(column: str) -> str:
    return f"NOT ({_matches(column, _AMOUNT)} AND CAST({column} AS double) > 0)"


def _no_amount(text: str) -> bool:
    return not (_is_amount(text) and float(text) > 0)


def _quoted(values: type[Side] | type[Origin]) -> str:
    return ", ".join(f"'{value}'" for value in values)


VALUE_RULES: Final = (
    ValueRule(
        "invalid.schema_version",
        f"schema_version NOT IN ({', '.join(map(str, ACCEPTED_VERSIONS))})",
        lambda trade: trade.schema_version not in ACCEPTED_VERSIONS,
    ),
    ValueRule(
        "invalid.exchange",
        f"NOT {_matches('exchange', _EXCHANGE)}",
        lambda trade: not _is_exchange(trade.exchange),
    ),
    ValueRule(
        "invalid.symbol",
        f"NOT {_matches('symbol', SYMBOL_PATTERN)} OR symbol != concat(base, '-', quote)",
        lambda trade: not is_symbol(trade.symbol) or trade.symbol != f"{trade.base}-{trade.quote}",
    ),
    ValueRule("invalid.trade_id", "trade_id < 0", lambda trade: trade.trade_id < 0),
    ValueRule(
        "invalid.event_id",
        "event_id != concat(exchange, ':', symbol, ':', trade_id)",
        lambda trade: trade.event_id != event_id(trade.exchange, trade.symbol, trade.trade_id),
    ),
    ValueRule("invalid.price", _no_amount_sql("price"), lambda trade: _no_amount(trade.price)),
    ValueRule("invalid.quantity", _no_amount_sql("quantity"), lambda trade: _no_amount(trade.quantity)),
    ValueRule("invalid.quote_volume", _no_amount_sql("quote_volume"), lambda trade: _no_amount(trade.quote_volume)),
    ValueRule(
        "invalid.quote_volume",
        f"abs(CAST(quote_volume AS double) / (CAST(price AS double) * CAST(quantity AS double)) - 1) > {PRECISION}",
        lambda trade: abs(float(trade.quote_volume) / (float(trade.price) * float(trade.quantity)) - 1) > PRECISION,
    ),
    ValueRule("invalid.side", f"side NOT IN ({_quoted(Side)})", lambda trade: trade.side not in Side),
    ValueRule("invalid.origin", f"origin NOT IN ({_quoted(Origin)})", lambda trade: trade.origin not in Origin),
    ValueRule(
        "invalid.ingestion_timestamp",
        f"ingestion_timestamp NOT BETWEEN {EARLIEST_MICROS} AND {LATEST_MICROS}",
        lambda trade: not EARLIEST_MICROS <= trade.ingestion_timestamp <= LATEST_MICROS,
    ),
    ValueRule(
        "invalid.timestamp",
        f"timestamp NOT BETWEEN {EARLIEST_MICROS} AND ingestion_timestamp + {AHEAD_MICROS}",
        lambda trade: not EARLIEST_MICROS <= trade.timestamp <= trade.ingestion_timestamp + AHEAD_MICROS,
    ),
)
