"""Tables of a lakehouse: where they are; of `raw_trades` and its files, partition by partition."""

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
from coattail_audit.options import Place
from coattail_common.tables import RAW_TRADES

_MANIFESTS: Final = 16
"""Read at a time."""
_RETRIES: Final = 3
"""Of a call to Glue; by default it is ten of them, and minutes before a catalog is said to be out of reach."""


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


def opened(place: Place, name: str = RAW_TRADES.name) -> IcebergTable:
    """The table of that name where the options say. Raises `AuditError`."""
    if place.warehouse is not None:
        return in_folder(place.warehouse, place.database, name)
    properties: dict[str, str | int] = {
        "glue.region": place.region,
        "s3.region": place.region,
        "glue.max-retries": _RETRIES,
    }
    if place.endpoint is not None:
        properties |= {"glue.endpoint": place.endpoint, "s3.endpoint": place.endpoint}
    return in_glue(place.database, properties, name)


def in_folder(warehouse: Path, database: str, name: str = RAW_TRADES.name) -> IcebergTable:
    """The table of a warehouse in a folder, as `./task replay` leaves it. Raises `AuditError`."""
    metadata = warehouse / database / name / "metadata"
    try:
        version = (metadata / "version-hint.text").read_text().strip()
    except OSError as error:
        raise AuditError(
            f"{warehouse} holds no {database}.{name}; name a warehouse, as .local/replay/warehouse"
        ) from error
    path = metadata / f"v{version}.metadata.json"
    with refusing(str(path)):
        return StaticTable.from_metadata(str(path))


def in_glue(database: str, properties: Mapping[str, str | int], name: str = RAW_TRADES.name) -> IcebergTable:
    """The table of a Glue catalog. Raises `AuditError`."""
    try:
        with refusing("the Glue catalog (--warehouse DIR audits a folder)"):
            return GlueCatalog("lakehouse", **cast("Mapping[str, str]", properties)).load_table(f"{database}.{name}")
    except NoSuchTableError as error:
        raise AuditError(f"the catalog has no {database}.{name}; name another --database") from error


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
