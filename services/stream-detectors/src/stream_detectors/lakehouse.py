"""The Iceberg tables: made from the contracts, appended to with what must be known of each commit."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from coattail_common import lake
from coattail_common.arrow import arrow_rows
from coattail_common.contracts import Alert, Lineage
from coattail_common.ids import Market, Ranges, merge
from coattail_common.tables import ANOMALY_ALERTS, DQ_REJECTS, PROPERTIES, RAW_TRADES, Table
from stream_detectors import records
from stream_detectors.ancestry import Ancestry, Property
from stream_detectors.bitmaps import id_ranges
from stream_detectors.outbox import Place
from stream_detectors.writing import files
from stream_detectors.writing.commit import OpenTable
from stream_detectors.writing.target import Files, IncompleteRowsError, Target

__all__ = ["ANOMALY_ALERTS", "CATALOG", "DQ_REJECTS", "RAW_TRADES", "SCRATCH", "Lakehouse", "Table", "arrow_rows"]

CATALOG: Final = "lakehouse"
SCRATCH: Final = "scratch"


class Lakehouse:
    """The tables of one database."""

    def __init__(
        self,
        spark: SparkSession,
        database: str,
        catalog: str = CATALOG,
        region: str = "us-west-2",
        endpoint: str | None = None,
    ) -> None:
        """`region` and `endpoint` are those of S3; `endpoint` None: AWS itself."""
        self.spark = spark
        self._region = region
        self._endpoint = endpoint
        self._database = f"{catalog}.{database}"

    def create(self, tables: Sequence[Table]) -> None:
        """Make what is missing, database and tables; what is there stays as it is."""
        self.spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {self._database}")
        properties = ", ".join(f"'{key}'='{value}'" for key, value in PROPERTIES.items())
        for table in tables:
            self.spark.sql(
                f"CREATE TABLE IF NOT EXISTS {self.name(table)} ({lake.spark_ddl(table.rows)}) USING iceberg "
                f"PARTITIONED BY ({', '.join(table.partitioned_by)}) TBLPROPERTIES ({properties})"
            )

    def name(self, table: Table) -> str:
        """The table's name in SQL."""
        return f"{self._database}.{table.name}"

    def table(self, table: Table) -> DataFrame:
        """The table's rows, as it stands now."""
        return self.spark.table(self.name(table))

    def append(self, table: Table, frame: DataFrame, properties: Mapping[str, str]) -> None:
        """Add the rows in one commit, whose snapshot carries the properties.

        Columns that others added to the table are NULL in these rows. Raises `IncompleteRowsError` when the rows lack a column of ours.
        """
        written = {name.lower() for name in frame.columns}
        if missing := [column.name for column in lake.columns(table.rows) if column.name not in written]:
            raise IncompleteRowsError(table.name, missing)
        # A column that is added after this look is NULL too: Spark 4.1 fills it.
        added = {
            field.name: F.lit(None).cast(field.dataType)
            for field in self.spark.table(self.name(table)).schema
            if field.name.lower() not in written and field.nullable
        }
        writer = frame.withColumns(added).writeTo(self.name(table))
        for key, value in properties.items():
            writer = writer.option(f"snapshot-property.{key}", value)
        writer.append()

    def tag(self, table: Table, tag: str, key: str, value: str) -> None:
        """Keep the snapshot whose property `key` is `value` from expiry, by the tag, which leaves the one before."""
        Ancestry(self.spark, self.name(table)).tag(tag, key, value)

    def newest_property(self, table: Table, key: str, tag: str) -> Property:
        """Return what the nearest ancestor of the table's present state says in a snapshot property, and what the tagged one says."""
        return Ancestry(self.spark, self.name(table)).newest(key, tag)

    def rows(self, table: Table) -> int | None:
        """Return how many rows the table has, by its metadata alone; None when they do not say."""
        return Ancestry(self.spark, self.name(table)).rows()

    def landed_ids(self) -> dict[Market, Ranges]:
        """Return the ids that `raw_trades` holds. Reads all of it, three columns."""
        rows = (
            self.spark.table(self.name(RAW_TRADES))
            .groupBy("exchange", "symbol", F.bitmap_bucket_number("trade_id").alias("bucket"))
            .agg(F.bitmap_construct_agg(F.bitmap_bit_position("trade_id")).alias("ids"))
            .collect()
        )
        found: defaultdict[Market, list[Ranges]] = defaultdict(list)
        for row in rows:
            found[Market(row["exchange"], row["symbol"])].append(tuple(id_ranges(row["bucket"], row["ids"])))
        return {market: merge(*parts) for market, parts in found.items()}

    def is_empty(self, table: Table) -> bool:
        """Whether the table has no rows."""
        return self.spark.table(self.name(table)).isEmpty()

    def ids_since(self, table: Table, id_column: str, time_column: str, micros: int) -> frozenset[str]:
        """The ids of the rows whose time is not before `micros` (UTC, µs)."""
        rows = (
            self.spark.table(self.name(table)).where(f"{time_column} >= timestamp_micros({micros})").select(id_column)
        )
        return frozenset(row[0] for row in rows.collect())

    def refused_until(self) -> dict[str, str]:
        """Return shard → the last position that `dq_rejects` holds a line of. Reads two columns of it."""
        furthest = F.max(records.sequence()).alias("furthest")
        rows = self.spark.table(self.name(DQ_REJECTS)).groupBy("shard_id").agg(furthest).collect()
        return {row["shard_id"]: str(int(row["furthest"])) for row in rows}

    def alerts_after(self, place: Place, limit: int) -> Sequence[Alert]:
        """See `outbox.Stored`."""
        behind = F.struct(F.unix_micros("detected_at"), "alert_id") > F.struct(
            F.lit(place.detected_at).cast("long"), F.lit(place.alert_id)
        )
        # The plain comparison is what Iceberg prunes files by.
        since = F.col("detected_at") >= F.timestamp_micros(F.lit(place.detected_at))
        rows = (
            self.spark.table(self.name(ANOMALY_ALERTS))
            .where(since & behind)
            .orderBy("detected_at", "alert_id")
            .limit(limit)
            .withColumns({name: F.unix_micros(name) for name in ("detected_at", "event_time")})
            .collect()
        )
        return [_alert(row) for row in rows]

    def open(self, table: Table) -> OpenTable:
        """Open the table for files that are written without Spark."""
        return OpenTable.load(self.spark, self.name(table))

    def target(self, table: OpenTable) -> Target:
        """Return what whoever writes files for the table must know."""
        return table.target(self._region, self._endpoint)

    def append_rows(self, table: Table, rows: Sequence[msgspec.Struct]) -> None:
        """Add the structs (at least one, all of the table's type) in one commit."""
        opened = self.open(table)
        target = self.target(opened)
        written = files.write(arrow_rows(rows), target, f"rows-{uuid.uuid4().hex}", "000")
        self.append_files(table, opened, Files(written, target.spec_id), {})

    def append_files(self, table: Table, opened: OpenTable, written: Files, properties: Mapping[str, str]) -> None:  # noqa: ARG002  (who counts commits asks for it)
        """Add files in one commit, whose snapshot carries the properties. `opened` is the table that they were written for."""
        opened.append(written.files, written.spec_id, properties)


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
