"""What somebody else does to the tables of a database."""

from pathlib import Path
from typing import Any

import msgspec
from pyspark.sql import SparkSession

from coattail_chaos.tables.plan import Change
from coattail_testkit.life import TABLES


class Tables:
    """The tables that a life writes, seen by another client. `back_seconds`: by how much the clock of a commit steps back."""

    def __init__(self, spark: SparkSession, warehouse: Path, database: str, back_seconds: float) -> None:
        self._spark = spark
        self._warehouse = warehouse
        self._database = database
        self._back_seconds = back_seconds

    def make(self, change: Change) -> bool:
        """Make the change; return whether there was anything to do."""
        match change:
            case Change.COLUMN:
                for table in TABLES:
                    self._spark.sql(f"ALTER TABLE {self._name(table.name)} ADD COLUMN note string FIRST")
            case Change.COMPACTION:
                for table in TABLES:
                    self._call("rewrite_data_files", table.name, "options => map('rewrite-all', 'true')")
            case Change.EXPIRY:
                for table in TABLES:
                    self._call(
                        "expire_snapshots",
                        table.name,
                        "older_than => TIMESTAMP '2100-01-01 00:00:00', retain_last => 1",
                    )
            case Change.ROLLBACK:
                return self._roll_back()
            case Change.CLOCK:
                return self._step_back()
        return True

    def _roll_back(self) -> bool:
        history = self._spark.table(f"{self._name('raw_trades')}.history")
        rows = history.where("is_current_ancestor").orderBy("made_current_at").collect()
        if len(rows) > 1:
            self._call("rollback_to_snapshot", "raw_trades", f"snapshot_id => {rows[-2]['snapshot_id']}")
        return len(rows) > 1

    def _step_back(self) -> bool:
        """The commit time stands in the metadata alone. Iceberg reads no table whose commits lie a minute before the ones before."""
        folder = self._warehouse / self._database / "raw_trades" / "metadata"
        path = max(folder.glob("v*.metadata.json"), key=lambda one: int(one.name[1:].partition(".")[0]))
        metadata: dict[str, Any] = msgspec.json.decode(path.read_bytes())
        current, back = metadata["current-snapshot-id"], round(self._back_seconds * 1000)
        stepped = [one for one in (*metadata["snapshots"], *metadata["snapshot-log"]) if one["snapshot-id"] == current]
        for one in stepped:
            one["timestamp-ms"] -= back
        metadata["last-updated-ms"] -= back
        path.write_bytes(msgspec.json.encode(metadata))
        path.with_name(f".{path.name}.crc").unlink(missing_ok=True)
        return bool(stepped)

    def _name(self, table: str) -> str:
        return f"lakehouse.{self._database}.{table}"

    def _call(self, procedure: str, table: str, arguments: str) -> None:
        self._spark.sql(f"CALL lakehouse.system.{procedure}(table => '{self._database}.{table}', {arguments})")
