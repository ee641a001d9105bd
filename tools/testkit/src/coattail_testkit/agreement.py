"""Whether what the application streamed into its tables is what one batch finds in the same trades."""

from collections.abc import Collection, Sequence
from typing import Final

import msgspec
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from coattail_common import lake
from coattail_common.arrow import arrow_rows
from coattail_common.contracts import Trade
from coattail_common.tables import ANOMALY_ALERTS, RAW_TRADES, Table
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_testkit.application import Application
from stream_detectors import batch
from stream_detectors.records import TRADE_FIELDS

type Row = dict[str, object]
type Rows = dict[str, dict[str, Row]]
"""Table → key → row."""

_WHEN: Final = frozenset({"processed_at"})


class Agreement:
    """The tables of `database` (`catalog.database`) beside one batch over its `raw_trades`.

    What says when something was found is not compared, nor are the fields of a lineage that `unlike` names.
    """

    def __init__(
        self,
        spark: SparkSession,
        database: str,
        features: Features,
        detectors: Sequence[BaseDetector],
        unlike: Collection[str] = (),
    ) -> None:
        self._spark, self._database = spark, database
        self._features, self._detectors = features, detectors
        self._unlike = _WHEN | set(unlike)

    def table(self, table: Table) -> DataFrame:
        """As it stands now."""
        return self._spark.table(f"{self._database}.{table.name}")

    def reached(self, application: Application, trades: int) -> tuple[Rows, Rows]:
        """Wait until so many trades and what one batch finds in them are landed; return both: what is landed, what is found.

        Raises `AssertionError` where the application ends before, or a table has a key twice.
        """
        application.until(lambda: self.table(RAW_TRADES).count() >= trades)
        if self.table(RAW_TRADES).select("event_id").distinct().count() < self.table(RAW_TRADES).count():
            problem = "raw_trades holds trades twice"
            raise AssertionError(problem)
        findings = list(batch.findings(_wire(self.table(RAW_TRADES)), self._detectors, self._features))
        tables = [*(one.module.table for one in self._detectors), ANOMALY_ALERTS]
        found = {table.name: self._found(findings, table) for table in tables}
        application.until(lambda: all(found[table.name].keys() == self.rows(table).keys() for table in tables))
        return {table.name: self.rows(table) for table in tables}, found

    def rows(self, table: Table) -> dict[str, Row]:
        """What is landed, by key. Raises `AssertionError` where a key is there twice."""
        found = [row.asDict() for row in self.table(table).collect()]
        rows = {str(row[table.key]): self._comparable(row) for row in found}
        if len(rows) < len(found):
            problem = f"{len(found) - len(rows)} rows of {table.name} are there a second time"
            raise AssertionError(problem)
        return rows

    def _found(self, findings: Sequence[Finding], table: Table) -> dict[str, Row]:
        """The same of findings, through a table of the same kind."""
        of_table = [one.alert if table is ANOMALY_ALERTS else one.row for one in findings]
        structs = [one for one in of_table if one is not None and isinstance(one, table.rows)]
        frame = self._spark.createDataFrame(arrow_rows(structs))
        return {str(row[table.key]): self._comparable(row.asDict()) for row in frame.collect()}

    def _comparable(self, row: Row) -> Row:
        if "lineage" in row:
            lineage = msgspec.json.decode(str(row["lineage"]))
            row["lineage"] = {name: value for name, value in lineage.items() if name not in self._unlike}
        return row | {"detected_at": None}


def _wire(trades: DataFrame) -> DataFrame:
    """Rows of `raw_trades` with the columns of the wire."""
    types = {column.name: column.type for column in lake.columns(Trade)}
    times = {name: F.unix_micros(name) for name in TRADE_FIELDS if types[name] == "timestamptz"}
    amounts = {name: F.col(name).cast("string") for name in TRADE_FIELDS if types[name].startswith("decimal")}
    return trades.withColumns(times | amounts)
