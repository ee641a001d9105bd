"""Iceberg tables in a folder, as Spark's catalog `hadoop` has them: `DATABASE/TABLE/metadata/vN.metadata.json`, and the newest N
beside them.

Data files are written here, with the field ids of their table's schema; pyiceberg writes manifests and metadata.
"""

import threading
from collections.abc import Callable
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote_plus
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.io import FileIO, load_file_io
from pyiceberg.io.pyarrow import (
    compute_statistics_plan,
    data_file_statistics_from_parquet_metadata,
    parquet_path_to_id_mapping,
    schema_to_pyarrow,
)
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.serializers import ToOutputFile
from pyiceberg.table import CommitTableResponse
from pyiceberg.table import Table as IcebergTable
from pyiceberg.table.metadata import TableMetadata, new_table_metadata
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER
from pyiceberg.table.update import TableRequirement, TableUpdate, update_table_metadata
from pyiceberg.typedef import Record

from coattail_common import lake
from coattail_common.tables import PROPERTIES, Table

MICROS_A_DAY: Final = 86_400_000_000
_EPOCH: Final = date(1970, 1, 1).toordinal()
_REPEATED: Final = (
    "exchange",
    "symbol",
    "base",
    "quote",
    "side",
    "origin",
    "schema_version",
    "reason",
    "rule",
    "shard_id",
    "alert_type",
)
"""Columns that have few values in a file: others would only be tried as dictionaries."""

type Partition = tuple[int, str]
"""The day since 1970, and the value of the second column that a table is parted by."""


class Warehouse:
    """The tables of a database in a folder, made as they are first named. Threads may share it."""

    def __init__(self, folder: Path, database: str) -> None:
        self._folder = folder.absolute() / database
        self._catalog = _FolderCatalog("folder")

    def create(self, table: Table) -> "FolderTable":
        """Make the table, without rows."""
        folder = self._folder / table.name
        (folder / "metadata").mkdir(parents=True)
        schema = lake.iceberg_schema(table.rows)
        metadata = new_table_metadata(
            schema=schema,
            partition_spec=lake.iceberg_partitions(schema, table.partitioned_by),
            sort_order=UNSORTED_SORT_ORDER,
            location=f"file://{folder}",
            properties=dict(PROPERTIES),
        )
        io = load_file_io({}, metadata.location)
        place = _write_metadata(metadata, io, 1)
        return FolderTable(folder, IcebergTable((self._folder.name, table.name), metadata, place, io, self._catalog))


class FolderTable:
    """A table whose files are written one by one and committed together."""

    def __init__(self, folder: Path, table: IcebergTable) -> None:
        self._folder = folder
        self._table = table
        self._lock = threading.Lock()
        self._files: list[DataFile] = []
        self._numbers = count()
        self.schema: Final = _arrow_schema(table.metadata)

    def open(self, partition: Partition) -> "PartitionFile":
        """Begin a file of a partition."""
        spec = self._table.spec()
        day, value = partition
        names = [field.name for field in spec.fields]
        told = [f"{names[0]}={date.fromordinal(_EPOCH + day).isoformat()}", f"{names[1]}={quote_plus(value)}"]
        folder = self._folder.joinpath("data", *told)
        folder.mkdir(parents=True, exist_ok=True)
        with self._lock:
            number = next(self._numbers)
        return PartitionFile(folder / f"{number:05}-{uuid4()}.parquet", partition, self._add)

    def _add(self, path: Path, partition: Partition, metadata: pq.FileMetaData) -> None:
        own: TableMetadata = self._table.metadata
        schema = own.schema()
        statistics = data_file_statistics_from_parquet_metadata(
            parquet_metadata=metadata,
            stats_columns=compute_statistics_plan(schema, own.properties),
            parquet_column_mapping=parquet_path_to_id_mapping(schema),
        )
        file = DataFile.from_args(
            content=DataFileContent.DATA,
            file_path=f"file://{path}",
            file_format=FileFormat.PARQUET,
            partition=Record(*partition),
            file_size_in_bytes=path.stat().st_size,
            sort_order_id=None,
            spec_id=own.default_spec_id,
            equality_ids=None,
            key_metadata=None,
            **statistics.to_serialized_dict(),
        )
        with self._lock:
            self._files.append(file)

    def commit(self) -> None:
        """Add the files written so far in one commit; without any there is none."""
        files, self._files = self._files, []
        if not files:
            return
        with self._table.transaction() as transaction, transaction.update_snapshot().fast_append() as append:
            for file in files:
                append.append_data_file(file)


class PartitionFile:
    """A Parquet file of one partition, as its rows come."""

    def __init__(
        self, path: Path, partition: Partition, added: Callable[[Path, Partition, pq.FileMetaData], None]
    ) -> None:
        self._path = path
        self._partition = partition
        self._added = added
        self._writer: pq.ParquetWriter | None = None

    def write(self, rows: pa.Table) -> None:
        """Add rows, with the columns of the table's schema in its order. A text may be a dictionary, in all calls or none."""
        if self._writer is None:
            repeated = [name for name in rows.schema.names if name in _REPEATED]
            self._writer = pq.ParquetWriter(
                self._path, rows.schema, compression="zstd", use_dictionary=cast("bool", repeated), store_schema=False
            )
        self._writer.write_table(rows)

    def close(self) -> None:
        """End the file; its table takes it with the next commit."""
        if self._writer is not None:
            self._writer.close()
            self._added(self._path, self._partition, self._writer.writer.metadata)


class _FolderCatalog(NoopCatalog):
    """Commits a table by writing its next metadata file. A replay is the only writer of its warehouse."""

    def commit_table(
        self, table: IcebergTable, requirements: tuple[TableRequirement, ...], updates: tuple[TableUpdate, ...]
    ) -> CommitTableResponse:
        for requirement in requirements:
            requirement.validate(table.metadata)
        metadata = update_table_metadata(
            base_metadata=table.metadata, updates=updates, metadata_location=table.metadata_location
        )
        version = int(table.metadata_location.rpartition("/v")[2].partition(".")[0]) + 1
        return CommitTableResponse(metadata=metadata, metadata_location=_write_metadata(metadata, table.io, version))


def _write_metadata(metadata: TableMetadata, io: FileIO, version: int) -> str:
    """Write the metadata as that version, which becomes the newest; return where it is."""
    place = f"{metadata.location}/metadata/v{version}.metadata.json"
    ToOutputFile.table_metadata(metadata, io.new_output(place))
    with io.new_output(f"{metadata.location}/metadata/version-hint.text").create(overwrite=True) as hint:
        hint.write(str(version).encode())
    return place


def _arrow_schema(metadata: TableMetadata) -> pa.Schema:
    """The columns with their field ids, their texts as Arrow's plain ones."""
    found = schema_to_pyarrow(metadata.schema())
    plain: dict[Any, Any] = {pa.large_string(): pa.string(), pa.large_binary(): pa.binary()}
    return pa.schema([field.with_type(plain.get(field.type, field.type)) for field in found])
