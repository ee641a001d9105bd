"""What was prepared of the files, as judged trades: a frame for each layout, however many files have it."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from coattail_replay.formats import Layout
from coattail_replay.naming import Naming, VenueName
from coattail_replay.place import PLACE, TRADE_FIELDS, VERDICT
from coattail_replay.sources import Source
from coattail_replay.spark import wire
from coattail_replay.spark.wire import file_column
from coattail_replay.spool import PLAIN, QUOTED

FILE_OPTIONS: Final = {
    # One piece a task, so that a row's place in the task is its place in the piece.
    "spark.sql.files.maxPartitionBytes": str(1 << 30),
    "spark.sql.files.openCostInBytes": str(1 << 30),
}
_FOLDERS: Final = "value string, source int, told_exchange string, told_symbol string, piece int, first bigint"
_IN_TASK: Final = "(monotonically_increasing_id() & 8589934591)"
"""The low 33 bits number the rows of a task from 0."""
_CORRUPT: Final = "not whole"
_OF_LINE: Final = (*PLACE, "told_exchange", "told_symbol", "line")


class Judged(msgspec.Struct, frozen=True):
    """Judged trades; `has_ids` tells whether the files have ids for them, which otherwise have to be made, and `has_side` whether they
    say what the taker did."""

    frame: DataFrame
    has_ids: bool
    has_side: bool = True


def text(
    spark: SparkSession, folder: Path, layout: Layout, naming: Naming, known: Mapping[VenueName, str]
) -> list[Judged]:
    """The rows of text files of one layout, spooled below `folder`."""
    cells = {PLAIN: _split, QUOTED: _parsed}
    return [
        _text(spark, folder / kind, read, layout, naming, known)
        for kind, read in cells.items()
        if (folder / kind).exists()
    ]


def _text(
    spark: SparkSession,
    folder: Path,
    read: Callable[[DataFrame, Layout], DataFrame],
    layout: Layout,
    naming: Naming,
    known: Mapping[VenueName, str],
) -> Judged:
    pieces = spark.read.schema(_FOLDERS).option("lineSep", "\n").text(str(folder))
    rows = read(_lines(pieces), layout)
    return _judged(rows, layout, naming, known)


def _judged(rows: DataFrame, layout: Layout, naming: Naming, known: Mapping[VenueName, str]) -> Judged:
    columns = layout.columns
    return Judged(wire.judged(rows, columns, naming, known), columns.trade_id is not None, columns.side is not None)


def _lines(pieces: DataFrame) -> DataFrame:
    return pieces.select(
        "source",
        F.expr(f"first + {_IN_TASK}").alias("row"),
        "told_exchange",
        "told_symbol",
        F.expr(r"CASE WHEN endswith(value, '\r') THEN left(value, length(value) - 1) ELSE value END").alias("line"),
    ).where("ltrim(line) != ''")


def _split(lines: DataFrame, layout: Layout) -> DataFrame:
    """The cells of lines without quotes and blanks. Several times faster than a parser of CSV."""
    names = layout.names
    cells = (
        F.expr(f"nullif(get(cells, {names.index(name)}), '')").alias(file_column(name)) for name in layout.columns.used
    )
    return lines.withColumn("cells", F.split("line", re.escape(layout.delimiter))).select(
        *_OF_LINE, (F.size("cells") == len(names)).alias("is_whole"), *cells
    )


def _parsed(lines: DataFrame, layout: Layout) -> DataFrame:
    """The cells of any lines."""
    names = [file_column(name) for name in layout.names]
    schema = ", ".join(f"`{name}` string" for name in _unique(names)) + f", `{_CORRUPT}` string"
    options = {
        "sep": layout.delimiter,
        "columnNameOfCorruptRecord": _CORRUPT,
        "ignoreLeadingWhiteSpace": "true",
        "ignoreTrailingWhiteSpace": "true",
    }
    # The array is a barrier: without it Spark might parse a line again for every expression that reads one of its columns.
    cells = F.explode(F.array(F.from_csv("line", schema, options))).alias("cells")
    return lines.select("*", cells).select(*_OF_LINE, "cells.*").withColumn("is_whole", F.col(f"`{_CORRUPT}`").isNull())


def parquet(
    spark: SparkSession, source: Source, layout: Layout, path: Path, naming: Naming, known: Mapping[VenueName, str]
) -> Judged:
    """The rows of a Parquet file, spooled as text to `path`."""
    names = list(dict.fromkeys(layout.columns.used))
    rows = spark.read.parquet(str(path)).select(
        F.lit(source.number).alias("source"),
        (F.col("_metadata.row_index") + 1).alias("row"),
        F.lit(source.exchange).cast("string").alias("told_exchange"),
        F.lit(source.symbol).cast("string").alias("told_symbol"),
        F.to_json(F.struct(*(F.col(f"`{name}`") for name in names))).alias("line"),
        F.lit(True).alias("is_whole"),
        *(F.col(f"`{name}`").alias(file_column(name)) for name in names),
    )
    return _judged(rows, layout, naming, known)


def frames(spark: SparkSession, folder: Path) -> Judged:
    """The trades of recorded frames, judged by the record rules too."""
    rows = spark.read.parquet(str(folder)).withColumn("is_whole", F.lit(True))
    verdict = F.coalesce(VERDICT, F.expr(wire.verdict_sql()))
    line = F.coalesce(F.col("line").cast("string"), F.to_json(F.struct(*TRADE_FIELDS)))
    return Judged(
        rows.withColumn(VERDICT, verdict).select(
            *PLACE,
            *TRADE_FIELDS,
            VERDICT,
            F.when(F.col(VERDICT).isNotNull(), line).alias("line"),
        ),
        has_ids=True,
    )


def _unique(names: list[str]) -> list[str]:
    """A header may have a name twice; only the first can be meant."""
    return [name if name not in names[:place] else f"{name} {place + 1}" for place, name in enumerate(names)]
