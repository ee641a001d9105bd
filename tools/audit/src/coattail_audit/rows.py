"""The ids in a file, by market: of its columns only those that an audit needs, some rows at a time."""

from collections.abc import Iterator
from typing import IO, Any, Final, cast

import numpy as np
import pyarrow as pa
from pyarrow.parquet import ParquetFile
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan
from pyiceberg.table import FileScanTask
from pyiceberg.table import Table as IcebergTable

from coattail_audit.errors import refusing
from coattail_audit.spans import Ids
from coattail_audit.table import TradesFile
from coattail_audit.tally import Tally, tally
from coattail_common.contracts import Origin
from coattail_common.ids import Market

_NAMES: Final = ("exchange", "symbol", "origin")
_COLUMNS: Final = (*_NAMES, "trade_id")
_AT_A_TIME: Final = 250_000
_FIELD_ID: Final = b"PARQUET:field_id"


class RowReader:
    """Reads files of a table; by several threads, if need be."""

    def __init__(self, table: IcebergTable) -> None:
        self._table = table
        schema = table.schema()
        self._schema = schema.select(*_COLUMNS)
        self._field_ids = {name: str(schema.find_field(name).field_id).encode() for name in _COLUMNS}

    def tallies(self, file: TradesFile) -> list[tuple[Market, Tally]]:
        """What each market has in a file, in any number of pieces. Raises `AuditError`."""
        with refusing(file.path):
            return [
                (market, tally(ids, filled)) for rows in self._rows(file) for market, ids, filled in _by_market(rows)
            ]

    def _rows(self, file: TradesFile) -> Iterator[pa.RecordBatch]:
        if file.task is not None:
            yield from self._by_iceberg(file.task)
            return
        # Iceberg takes four times as long to open a file, and holds all of it in memory. Its scanner does not free a megabyte for each
        # file (apache/arrow#39808); neither does `pre_buffer`. A file has few names: each is read once.
        with (
            self._table.io.new_input(file.path).open() as opened,
            self._open(cast("IO[bytes]", opened)) as parquet,
        ):
            yield from parquet.iter_batches(_AT_A_TIME, columns=list(_COLUMNS), use_threads=False)

    def _by_iceberg(self, task: FileScanTask) -> Iterator[pa.RecordBatch]:
        yield from ArrowScan(self._table.metadata, self._table.io, self._schema, AlwaysTrue()).to_record_batches([task])

    def _open(self, opened: IO[bytes]) -> ParquetFile:
        """Raises `ValueError` for a file whose columns are named otherwise than the table's."""
        try:
            parquet = ParquetFile(opened, read_dictionary=list(_NAMES))
            columns = {name: parquet.schema_arrow.field(name) for name in _COLUMNS}
        except KeyError as error:
            raise ValueError("it has not all columns of the table") from error
        for name, column in columns.items():
            if (column.metadata or {}).get(_FIELD_ID, self._field_ids[name]) != self._field_ids[name]:
                raise ValueError(f"its column {name} is another one in the table")
        return parquet


def _by_market(rows: pa.RecordBatch) -> Iterator[tuple[Market, Ids, Ids]]:
    """The ids of each market among the rows, and those of them that were filled in."""
    exchange, symbol, origin = (_encoded(rows.column(name)) for name in _NAMES)
    ids = rows.column("trade_id").to_numpy()
    is_filled = (np.array(origin.dictionary.to_pylist()) == Origin.BACKFILL.value)[origin.indices.to_numpy()]
    exchanges, symbols = (list(map(str, one.dictionary.to_pylist())) for one in (exchange, symbol))
    pairs = exchange.indices.to_numpy() * len(symbols) + symbol.indices.to_numpy()
    for pair in np.flatnonzero(np.bincount(pairs)):
        of_exchange, of_symbol = divmod(int(pair), len(symbols))
        is_of = pairs == pair
        yield Market(exchanges[of_exchange], symbols[of_symbol]), ids[is_of], ids[is_of & is_filled]


def _encoded(column: "pa.Array[Any]") -> "pa.DictionaryArray[Any, Any]":
    """The names, and a number a row."""
    return column if isinstance(column, pa.DictionaryArray) else column.dictionary_encode()
