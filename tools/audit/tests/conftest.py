"""A lakehouse in a folder, its Glue in this process."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from moto import mock_aws
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.table import Table

from coattail_common.contracts import SCHEMA_VERSION
from coattail_common.lake import iceberg_partitions, iceberg_schema
from coattail_common.tables import RAW_TRADES

type Row = tuple[str, str, int, str, int]
"""Exchange, symbol, trade id, origin, day of January 2026."""
type Lands = Callable[[Sequence[Row]], None]


@pytest.fixture
def glue(tmp_path: Path) -> Iterator[GlueCatalog]:
    with mock_aws():
        catalog = GlueCatalog("lakehouse", **{"warehouse": f"file://{tmp_path}", "glue.region": "us-west-2"})
        catalog.create_namespace("coattail", {"location": f"file://{tmp_path}/coattail"})
        yield catalog


@pytest.fixture
def table(glue: GlueCatalog) -> Table:
    schema = iceberg_schema(RAW_TRADES.rows)
    return glue.create_table(
        "coattail.raw_trades", schema, partition_spec=iceberg_partitions(schema, RAW_TRADES.partitioned_by)
    )


@pytest.fixture
def lands(table: Table) -> Lands:
    """Commits the rows, all at once."""

    def land(rows: Sequence[Row]) -> None:
        table.append(pa.Table.from_pylist([_trade(*row) for row in rows], table.schema().as_arrow()))

    return land


def _trade(exchange: str, symbol: str, trade_id: int, origin: str, day: int) -> dict[str, object]:
    base, _, quote = symbol.partition("-")
    moment = datetime(2026, 1, day, tzinfo=UTC)
    return {
        "event_id": f"{exchange}:{symbol}:{trade_id}",
        "exchange": exchange,
        "symbol": symbol,
        "base": base,
        "quote": quote,
        "trade_id": trade_id,
        "price": Decimal(1),
        "quantity": Decimal(2),
        "quote_volume": Decimal(2),
        "side": "buy",
        "timestamp": moment,
        "ingestion_timestamp": moment,
        "origin": origin,
        "schema_version": SCHEMA_VERSION,
    }
