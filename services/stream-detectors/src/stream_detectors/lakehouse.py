"""The Iceberg tables: made from the contracts, appended to with what must be known of each commit."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec
import pyarrow as pa
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from coattail_common import lake
from coattail_common.contracts import Alert, Lineage
from coattail_common.tables import ANOMALY_ALERTS, DQ_REJECTS, PROPERTIES, RAW_TRADES, Table
from stream_detectors.outbox import Place

__all__ = ["ANOMALY_ALERTS", "CATALOG", "DQ_REJECTS", "RAW_TRADES", "SCRATCH", "Lakehouse", "Table", "arrow_rows"]

CATALOG: Final = "lakehouse"
SCRATCH: Final = "scratch"
_ARROW: Final = {
    "string": pa.string(),
    "long": pa.int64(),
    "int": pa.int32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "binary": pa.binary(),
    "timestamptz": pa.timestamp("us", "UTC"),
    "decimal(38,18)": pa.decimal128(38, 18),
}


class Lakehouse:
    """The tables of one database."""

    def __init__(self, spark: SparkSession, database: str, catalog: str = CATALOG) -> None:
        self._spark = spark
        self._database = f"{catalog}.{database}"

    def create(self, tables: Sequence[Table]) -> None:
        """Make what is missing, database and tables; what is there stays as it is."""
        self._spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {self._database}")
        properties = ", ".join(f"'{key}'='{value}'" for key, value in PROPERTIES.items())
        for table in tables:
            self._spark.sql(
                f"CREATE TABLE IF NOT EXISTS {self.name(table)} ({lake.spark_ddl(table.rows)}) USING iceberg "
                f"PARTITIONED BY ({', '.join(table.partitioned_by)}) TBLPROPERTIES ({properties})"
            )

    def name(self, table: Table) -> str:
        """The table's name in SQL."""
        return f"{self._database}.{table.name}"

    def append(self, table: Table, frame: DataFrame, properties: Mapping[str, str]) -> None:
        """One commit that adds the rows, its snapshot carrying the properties."""
        writer = frame.writeTo(self.name(table))
        for key, value in properties.items():
            writer = writer.option(f"snapshot-property.{key}", value)
        writer.append()

    def newest_property(self, table: Table, key: str) -> str | None:
        """The property of the newest snapshot that has it, among those the table's present state came from; None when none has."""
        ancestors = self._spark.table(f"{self.name(table)}.history").where("is_current_ancestor").select("snapshot_id")
        row = (
            self._spark.table(f"{self.name(table)}.snapshots")
            .where(f"summary['{key}'] IS NOT NULL")
            .join(ancestors, "snapshot_id")
            .orderBy("committed_at", ascending=False)
            .selectExpr(f"summary['{key}'] AS value")
            .first()
        )
        return None if row is None else str(row["value"])

    def is_empty(self, table: Table) -> bool:
        """Whether the table has no rows."""
        return self._spark.table(self.name(table)).isEmpty()

    def ids_since(self, table: Table, id_column: str, time_column: str, micros: int) -> frozenset[str]:
        """The ids of the rows whose time is not before `micros` (UTC, µs)."""
        rows = (
            self._spark.table(self.name(table)).where(f"{time_column} >= timestamp_micros({micros})").select(id_column)
        )
        return frozenset(row[0] for row in rows.collect())

    def alerts_after(self, place: Place, limit: int) -> Sequence[Alert]:
        """See `outbox.Stored`."""
        behind = F.struct(F.unix_micros("detected_at"), "alert_id") > F.struct(
            F.lit(place.detected_at).cast("long"), F.lit(place.alert_id)
        )
        # The plain comparison is what Iceberg prunes files by.
        since = F.col("detected_at") >= F.timestamp_micros(F.lit(place.detected_at))
        rows = (
            self._spark.table(self.name(ANOMALY_ALERTS))
            .where(since & behind)
            .orderBy("detected_at", "alert_id")
            .limit(limit)
            .withColumns({name: F.unix_micros(name) for name in ("detected_at", "event_time")})
            .collect()
        )
        return [_alert(row) for row in rows]

    def frame(self, rows: Sequence[msgspec.Struct]) -> DataFrame:
        """The structs (at least one, all of one type) as rows of their table."""
        return self._spark.createDataFrame(arrow_rows(rows)).coalesce(1)


def _alert(row: Row) -> Alert:
    """The alert that `arrow_rows` made the row of."""
    fields = {column.name: row[column.name] for column in lake.columns(Alert)}
    return msgspec.convert(
        fields
        | {
            "details": msgspec.Raw(fields["details"].encode()),
            "lineage": msgspec.json.decode(fields["lineage"], type=Lineage),
        },
        Alert,
    )


def arrow_rows(rows: Sequence[msgspec.Struct]) -> pa.Table:
    """The structs (at least one, all of one type) with the columns of their table."""
    columns = lake.columns(type(rows[0]))
    schema = pa.schema([pa.field(column.name, _ARROW[column.type], nullable=not column.required) for column in columns])
    arrays = [
        pa.array([_value(column.type, getattr(row, column.name)) for row in rows], _ARROW[column.type])
        for column in columns
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _value(column_type: str, value: Any) -> Any:
    if value is None:
        return None
    if column_type == "decimal(38,18)":
        return Decimal(value)
    if isinstance(value, msgspec.Raw):
        return bytes(value).decode()
    if isinstance(value, msgspec.Struct):
        return msgspec.json.encode(value).decode()
    return str(value) if column_type == "string" else value
