"""`raw_trades` of a lakehouse: where it is, and its files, partition by partition."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import batched
from pathlib import Path
from typing import Final, cast

import msgspec
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.expressions import AlwaysTrue, BooleanExpression
from pyiceberg.expressions.parser import parse
from pyiceberg.manifest import FileFormat, ManifestContent, ManifestFile
from pyiceberg.table import FileScanTask, ManifestGroupPlanner, StaticTable
from pyiceberg.table import Table as IcebergTable

from coattail_audit.errors import AuditError, refusing
from coattail_common.tables import RAW_TRADES

_MANIFESTS: Final = 16
"""Read at a time."""


class TradesFile(msgspec.Struct, frozen=True):
    """A file of the table: its partition as Iceberg writes it, where it is and how many rows it has. `task` is set for one that only
    Iceberg can read, as rows of it are deleted or it is no Parquet."""

    partition: str
    path: str
    rows: int
    task: FileScanTask | None = None


def files(table: IcebergTable, exchange: str | None, symbols: Sequence[str]) -> list[TradesFile]:
    """Its files as the newest snapshot has them, partition by partition in order, from the manifests alone. They hold all rows of the
    exchange and the symbols (None, or none: all), and maybe others. Raises `AuditError`."""
    snapshot = table.current_snapshot()
    if snapshot is None:
        return []
    planner = ManifestGroupPlanner(table.metadata, table.io, _filter(exchange, symbols))
    found = []
    with refusing("the table's manifests"):
        # What Iceberg knows of a file is 8 KB, for a million of them 8 GB: only what is needed of it is kept.
        for manifests in _groups(snapshot.manifests(table.io)):
            found += [_file(table, task) for task in planner.plan_files(manifests)]
    return sorted(found, key=lambda file: file.partition)


def in_folder(warehouse: Path, database: str) -> IcebergTable:
    """The table of a warehouse in a folder, as `./task replay` leaves it. Raises `AuditError`."""
    metadata = warehouse / database / RAW_TRADES.name / "metadata"
    try:
        version = (metadata / "version-hint.text").read_text().strip()
    except OSError as error:
        raise AuditError(
            f"{warehouse} holds no {database}.{RAW_TRADES.name}; name a warehouse, as .local/replay/warehouse"
        ) from error
    path = metadata / f"v{version}.metadata.json"
    with refusing(str(path)):
        return StaticTable.from_metadata(str(path))


def in_glue(database: str, properties: Mapping[str, str | int]) -> IcebergTable:
    """The table of a Glue catalog. Raises `AuditError`."""
    try:
        with refusing("the Glue catalog (--warehouse DIR audits a folder)"):
            return GlueCatalog("lakehouse", **cast("Mapping[str, str]", properties)).load_table(
                f"{database}.{RAW_TRADES.name}"
            )
    except NoSuchTableError as error:
        raise AuditError(f"the catalog has no {database}.{RAW_TRADES.name}; name another --database") from error


def _groups(manifests: Sequence[ManifestFile]) -> Iterator[Sequence[ManifestFile]]:
    """Some at a time; all of them, where rows are deleted, as what is deleted of a file is reported in another manifest."""
    if any(one.content == ManifestContent.DELETES for one in manifests):
        yield manifests
    else:
        yield from batched(manifests, _MANIFESTS, strict=False)


def _file(table: IcebergTable, task: FileScanTask) -> TradesFile:
    file = task.file
    partition = table.specs()[file.spec_id].partition_to_path(file.partition, table.schema())
    is_plain = file.file_format == FileFormat.PARQUET and not task.delete_files
    return TradesFile(partition, file.file_path, file.record_count, None if is_plain else task)


def _filter(exchange: str | None, symbols: Sequence[str]) -> BooleanExpression:
    """The names are checked already: none of them holds a quote."""
    wanted = [] if exchange is None else [f"exchange = '{exchange}'"]
    if symbols:
        wanted.append(f"symbol IN ({', '.join(f"'{symbol}'" for symbol in symbols)})")
    return parse(" AND ".join(wanted)) if wanted else AlwaysTrue()
