"""`raw_trades` of a lakehouse, partition by partition: of each only the columns that an audit needs."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.expressions import AlwaysTrue, BooleanExpression
from pyiceberg.expressions.parser import parse
from pyiceberg.io.pyarrow import ArrowScan
from pyiceberg.table import FileScanTask, StaticTable
from pyiceberg.table import Table as IcebergTable

from coattail_audit.errors import AuditError
from coattail_audit.tally import Market, Tally, tally
from coattail_common.contracts import Origin
from coattail_common.tables import RAW_TRADES

_COLUMNS: Final = ("exchange", "symbol", "trade_id", "origin")


class Partition(msgspec.Struct, frozen=True):
    """A partition: its values as Iceberg writes them, the files in it and how many rows they have."""

    name: str
    files: tuple[FileScanTask, ...]
    rows: int


class TradesTable:
    """The table, as its newest snapshot has it when the audit begins. `exchange` and `symbols` narrow it; None: all."""

    def __init__(self, table: IcebergTable, exchange: str | None, symbols: Sequence[str]) -> None:
        self._table = table
        self._wanted = _filter(exchange, symbols)
        self._scan = table.scan(row_filter=self._wanted, selected_fields=_COLUMNS)

    def partitions(self) -> list[Partition]:
        """Its partitions in order, planned from the manifests alone."""
        found: defaultdict[str, list[FileScanTask]] = defaultdict(list)
        for task in self._scan.plan_files():
            spec = self._table.specs()[task.file.spec_id]
            found[spec.partition_to_path(task.file.partition, self._table.schema())].append(task)
        return [
            Partition(name, tuple(files), sum(one.file.record_count for one in files))
            for name, files in sorted(found.items())
        ]

    def tallies(self, partition: Partition) -> Iterator[tuple[Market, Tally]]:
        """What each market has in a partition. In memory is one partition at a time."""
        scan = ArrowScan(self._table.metadata, self._table.io, self._scan.projection(), self._wanted)
        rows = scan.to_table(partition.files)
        for market in rows.select(["exchange", "symbol"]).group_by(["exchange", "symbol"]).aggregate([]).to_pylist():
            is_of = pc.and_(pc.equal(rows["exchange"], market["exchange"]), pc.equal(rows["symbol"], market["symbol"]))
            those = rows.filter(is_of)
            is_filled = pc.equal(those["origin"], pa.scalar(Origin.BACKFILL.value))
            yield Market(**market), tally(those["trade_id"].to_numpy(), is_filled.to_numpy())


def in_folder(warehouse: Path, database: str) -> IcebergTable:
    """The table of a warehouse in a folder, as `./task replay` leaves it. Raises `AuditError`."""
    metadata = warehouse / database / RAW_TRADES.name / "metadata"
    try:
        version = (metadata / "version-hint.text").read_text().strip()
    except OSError as error:
        raise AuditError(
            f"{warehouse} holds no {database}.{RAW_TRADES.name}; name a warehouse, as .local/replay/warehouse"
        ) from error
    return StaticTable.from_metadata(str(metadata / f"v{version}.metadata.json"))


def in_glue(database: str, properties: Mapping[str, str]) -> IcebergTable:
    """The table of a Glue catalog. Raises `AuditError`."""
    try:
        return GlueCatalog("lakehouse", **properties).load_table(f"{database}.{RAW_TRADES.name}")
    except NoSuchTableError as error:
        raise AuditError(f"the catalog has no {database}.{RAW_TRADES.name}; name another --database") from error


def _filter(exchange: str | None, symbols: Sequence[str]) -> BooleanExpression:
    """The names are checked already: none of them holds a quote."""
    wanted = [] if exchange is None else [f"exchange = '{exchange}'"]
    if symbols:
        wanted.append(f"symbol IN ({', '.join(f"'{symbol}'" for symbol in symbols)})")
    return parse(" AND ".join(wanted)) if wanted else AlwaysTrue()
