"""From a file's columns of text to judged trades with the columns of the wire, natively."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from coattail_common import quality
from coattail_common.contracts import SCHEMA_VERSION, Origin
from coattail_replay import times
from coattail_replay.columns import Columns, SideMeaning
from coattail_replay.naming import Naming, VenueName, known_sql
from coattail_replay.place import PLACE, TRADE_FIELDS, VERDICT
from coattail_replay.spark.amounts import plain_sql, quote_volume_sql

_NOT_ROWS: Final = "malformed.columns"
_NO_ID: Final = -1
"""An id that is no number: the record rules refuse it."""
_WORDS: Final[Mapping[SideMeaning, Mapping[str, tuple[str, ...]]]] = {
    SideMeaning.TAKER: {"buy": ("buy", "b"), "sell": ("sell", "s")},
    SideMeaning.MAKER: {"buy": ("sell", "s"), "sell": ("buy", "b")},
    SideMeaning.BUYER_MAKER: {"buy": ("false", "f", "0"), "sell": ("true", "t", "1")},
}
_MADE: Final = ("event_id", "origin", "schema_version")
_RULES: Final = tuple(
    rule
    for rule in quality.RULES
    if (rule in quality.VALUE_RULES or rule.reason == "incomplete") and rule.name.partition(".")[2] not in _MADE
)
"""The record rules, without those on the text of a line of JSON and on the fields that are made here."""
_OF_NAMES: Final = ("invalid.exchange", "invalid.symbol")
_OF_SIDE: Final = ("incomplete.side", "invalid.side")
_OF_VOLUME: Final = "invalid.quote_volume"
_NO_VOLUME: Final = "0"


def judged(rows: DataFrame, columns: Columns, naming: Naming, known: Mapping[VenueName, str]) -> DataFrame:
    """Return each row as a trade of the wire with its place, its verdict (NULL: valid), and the line itself if refused.

    Input: the place, `line`, `is_whole`, and the file's columns as stripped text, NULL for empty. `told_exchange` and `told_symbol`
    replace missing columns. `known` are markets by their venues' names, so that most names need not be split.
    """
    texts: Mapping[str, str] = {
        "exchange": "told_exchange" if columns.exchange is None else f"lower({_text(columns.exchange)})",
        "name": "told_symbol" if columns.symbol is None else _text(columns.symbol),
        "price": _text(columns.price),
        "quantity": _text(columns.quantity),
        "side_text": "CAST(NULL AS string)" if columns.side is None else f"lower({_text(columns.side)})",
        "time_text": _text(columns.timestamp),
        "received_text": "CAST(NULL AS string)" if columns.received is None else _text(columns.received),
        "id_text": "'0'" if columns.trade_id is None else _text(columns.trade_id),
    }
    steps: tuple[Mapping[str, str], ...] = (
        texts,
        {
            # A name that is known needs no taking apart, nor any judging.
            "known": known_sql("exchange", "name", known),
            "time_number": "try_cast(time_text AS bigint)",
            "received_number": "try_cast(received_text AS bigint)",
        },
        {
            "trade_id": f"CASE WHEN id_text IS NOT NULL THEN coalesce(try_cast(id_text AS bigint), {_NO_ID}) END",
            "side": _side_sql(columns.side_meaning),
            "timestamp": times.micros_sql("time_text", "time_number"),
            "received": times.micros_sql("received_text", "received_number"),
        },
        *naming.symbol_sql("exchange", "name", "known"),
        {
            "base": "CASE WHEN contains(symbol, '-') THEN substring_index(symbol, '-', 1) ELSE symbol END",
            "quote": "CASE WHEN contains(symbol, '-') THEN substring_index(symbol, '-', -1) WHEN symbol IS NOT NULL THEN '' END",
            "ingestion_timestamp": times.RECEIVED_SQL,
        },
        {"price": plain_sql("price"), "quantity": plain_sql("quantity")},
        *quote_volume_sql("price", "quantity"),
    )
    for step in steps:
        rows = rows.select(*_without(rows, step), *(F.expr(sql).alias(name) for name, sql in step.items()))
    fixed = {"origin": F.lit(Origin.BACKFILL.value), "schema_version": F.lit(SCHEMA_VERSION)}
    return (
        rows.withColumns(fixed)
        # What cannot be multiplied has a fault of its own that comes first, or is too long.
        .withColumn("quote_volume", F.expr(f"coalesce(quote_volume, '{_NO_VOLUME}')"))
        .withColumn("event_id", F.expr("concat_ws(':', exchange, symbol, trade_id)"))
        .withColumn(VERDICT, F.expr(_verdict_sql(_spared(has_side=columns.side is not None))))
        .select(
            *PLACE,
            *TRADE_FIELDS,
            VERDICT,
            F.expr(f"CASE WHEN {VERDICT} IS NOT NULL THEN line END").alias("line"),
        )
    )


def verdict_sql() -> str:
    """The first rule that refuses a row: it has not the file's columns (`is_whole`), or a record rule."""
    return _verdict_sql((rule.name, rule.sql) for rule in _RULES)


def _verdict_sql(rules: Iterable[tuple[str, str]]) -> str:
    cases = " ".join(f"WHEN {sql} THEN '{name}'" for name, sql in rules)
    return f"CASE WHEN NOT is_whole THEN '{_NOT_ROWS}' {cases} END"


def _spared(*, has_side: bool) -> Iterator[tuple[str, str]]:
    """Return the same rules, shortened for rows whose market was looked up and whose quote volume was computed here: they check only
    what may still be wrong. For a file without sides the rules of the side are left out."""
    for rule in _RULES:
        if rule.name in _OF_SIDE:
            if has_side:
                yield rule.name, rule.sql
        elif rule.name in _OF_NAMES:
            yield rule.name, f"known IS NULL AND ({rule.sql})"
        elif rule.name == _OF_VOLUME:
            yield rule.name, f"quote_volume = '{_NO_VOLUME}'"
        else:
            yield rule.name, rule.sql


def _without(rows: DataFrame, step: Mapping[str, str]) -> list[Column]:
    return [F.col(f"`{name}`") for name in rows.columns if name not in step]


def _text(name: str) -> str:
    return f"`{file_column(name)}`"


def file_column(name: str) -> str:
    """What the file's own column is called, which may have any name, ours among them."""
    return f"file:{name.replace('`', '_')}"


def _side_sql(meaning: SideMeaning) -> str:
    """The taker's side; a word that is none stays, marked, for the rules to refuse."""
    words = " ".join(
        f"WHEN side_text IN ({', '.join(map(repr, these))}) THEN '{side}'" for side, these in _WORDS[meaning].items()
    )
    return f"CASE {words} WHEN side_text IS NOT NULL THEN concat('?', side_text) END"
