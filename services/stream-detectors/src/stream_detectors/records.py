"""Records of the stream → judged trades: the native part that both paths, detection and landing, begin with."""

from typing import Final

import msgspec
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812  (as Spark's own documentation has it)

from coattail_common import lake, quality
from coattail_common.contracts import Trade

VERDICT: Final = "verdict"
"""The record rule that refused the line; NULL when it is a valid trade."""

BURST: Final = "burst"
"""A hash of market, side and millisecond: trades of one burst share it, and only by chance do others."""
AMOUNT: Final = "amount"
"""The quote volume as a double: for sums that propose. Decimals decide."""
SPELLING: Final = "spelling"
"""The line of a valid trade that is not, byte for byte, what its fields make; NULL where it is, as our own producers' lines are."""
SEQUENCE_DIGITS: Final = 64
"""Sequence numbers are decimal integers of differing lengths; padded to this they compare as strings do."""
POSITION: Final = ("shard_id", "sequence_number", "arrived_at", "line_number")
TRADE_FIELDS: Final = tuple(column.name for column in lake.columns(Trade))

_DEFAULTS: Final = {
    field.name: field.default for field in msgspec.structs.fields(Trade) if field.default is not msgspec.NODEFAULT
}
"""What a field that the line leaves out stands for."""
_CANONICAL: Final = "is_canonical"
_WIRE: Final = f"{lake.wire_ddl(Trade)}, {quality.CORRUPT} string"
_JSON: Final = {"columnNameOfCorruptRecord": quality.CORRUPT}
_SEPARATOR: Final = "\n"
_BYTE_A_CHARACTER: Final = "ISO-8859-1"


def lines(records: DataFrame) -> DataFrame:
    """Each line of each record, with its position. Input: the columns of `source.kinesis.SCHEMA`."""
    text = F.col("data").cast("string")
    split = F.when(F.is_valid_utf8(text), F.split(text, _SEPARATOR)).otherwise(_split_bytes())
    return records.select(*POSITION[:3], F.posexplode(split).alias("line_number", "line"))


def judged(records: DataFrame) -> DataFrame:
    """Each line parsed and judged: its position, the trade's fields as they are on the wire, `verdict`, the line itself if refused,
    `spelling`, and `burst` and `amount`."""
    # The array is a barrier: without it Spark parses a line again for every expression that reads one of its fields.
    parsed = F.explode(F.array(F.from_json("line", _WIRE, _JSON))).alias("trade")
    refused_line = F.when(F.col(VERDICT).isNotNull(), F.col("line")).alias("line")
    is_spelled_otherwise = F.col(VERDICT).isNull() & ~F.coalesce(_CANONICAL, F.lit(False))
    spelling = F.when(is_spelled_otherwise, F.col("line")).alias(SPELLING)
    return (
        lines(records)
        .select(*POSITION, "line", parsed)
        .select(*POSITION, "line", "trade.*")
        .withColumns({name: F.coalesce(name, F.lit(default)) for name, default in _DEFAULTS.items()})
        .withColumn(_CANONICAL, F.expr(quality.canonical_sql()))
        .withColumn(VERDICT, F.expr(quality.verdict_sql(_CANONICAL)))
        .select(
            *POSITION,
            *TRADE_FIELDS,
            VERDICT,
            refused_line,
            spelling,
            *_marks(),
        )
    )


def marked(trades: DataFrame) -> DataFrame:
    """Trades with `burst` and `amount`."""
    return trades.select("*", *_marks())


def _marks() -> tuple[Column, Column]:
    return (
        F.xxhash64("exchange", "symbol", "side", F.expr("timestamp div 1000")).alias(BURST),
        F.col("quote_volume").cast("double").alias(AMOUNT),
    )


def _split_bytes() -> Column:
    """The lines of a record that is not all UTF-8, each with the bytes that it has: splitting as text would replace the bad ones."""
    latin = F.split(F.decode("data", _BYTE_A_CHARACTER), _SEPARATOR)
    return F.transform(latin, lambda line: F.encode(line, _BYTE_A_CHARACTER).cast("string"))


def valid(judged_lines: DataFrame) -> DataFrame:
    """The valid trades, their fields as on the wire."""
    return judged_lines.where(F.col(VERDICT).isNull()).select(*TRADE_FIELDS)


def arrived(judged_lines: DataFrame) -> DataFrame:
    """The valid trades, their fields as on the wire, with their positions."""
    return judged_lines.where(F.col(VERDICT).isNull()).select(*POSITION, *TRADE_FIELDS)


def arrival_order() -> tuple[Column, ...]:
    """The order in which lines arrived. It depends on the stream alone: not on batches, nor on which shard was read first."""
    return F.col("arrived_at"), F.col("shard_id"), sequence(), F.col("line_number")


def sequence() -> Column:
    """The sequence number as a string that compares as the number does."""
    return F.lpad("sequence_number", SEQUENCE_DIGITS, "0")


def line() -> Column:
    """The bytes of a judged line."""
    return F.coalesce("line", SPELLING, F.expr(quality.written_sql())).cast("binary")


def refused(judged_lines: DataFrame) -> DataFrame:
    """The refused lines, with their positions and verdicts."""
    return judged_lines.where(F.col(VERDICT).isNotNull()).select(*POSITION, VERDICT, line().alias("line"))
