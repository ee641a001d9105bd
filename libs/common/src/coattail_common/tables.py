"""The tables of the lakehouse, each defined once: whoever creates a table (Spark, the catalog's Lambda) creates this one.

A module's table is added here in two steps: the struct of its rows in `contracts/rows.py`, and a `Table` in `TABLES`.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from coattail_common.contracts import Alert, ExchangeSpread, Reject, Trade, VolumeAggregate, WhaleTrade

PROPERTIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "format-version": "2",
        # The rows come clustered by market already: a shuffle by partition would only cost.
        "write.distribution-mode": "none",
        "write.spark.fanout.enabled": "true",
        "write.metadata.delete-after-commit.enabled": "true",
        "write.metadata.previous-versions-max": "20",
        "write.parquet.compression-codec": "zstd",
    }
)
"""The properties that every table is created with."""


class Table(msgspec.Struct, frozen=True):
    """A table: its name, the struct of its rows, its partition transforms as in SQL, and the module that owns it (None: a core table),
    by its id and by its name, which tier files list.

    `key` is the column that tells a module's rows apart; with `detected_at` it says after a crash which of them are there already.
    """

    name: str
    rows: type[msgspec.Struct]
    partitioned_by: tuple[str, ...]
    module_id: str | None = None
    key: str = "alert_id"
    module_name: str | None = None


RAW_TRADES: Final = Table("raw_trades", Trade, ("days(timestamp)", "symbol"))
ANOMALY_ALERTS: Final = Table("anomaly_alerts", Alert, ("days(detected_at)", "alert_type"))
DQ_REJECTS: Final = Table("dq_rejects", Reject, ("days(rejected_at)", "reason"))
WHALE_TRADES: Final = Table(
    "whale_trades", WhaleTrade, ("days(detected_at)", "symbol"), "MOD-002", module_name="whale-detector"
)
VOLUME_AGGREGATES: Final = Table(
    "volume_aggregates",
    VolumeAggregate,
    ("days(window_start)", "symbol"),
    "MOD-001",
    key="window_id",
    module_name="volume-anomaly",
)
EXCHANGE_SPREADS: Final = Table(
    "exchange_spreads",
    ExchangeSpread,
    ("days(window_start)", "symbol"),
    "MOD-003",
    key="spread_id",
    module_name="spread-calculator",
)

TABLES: Final[Mapping[str, Table]] = MappingProxyType(
    {
        table.name: table
        for table in (RAW_TRADES, ANOMALY_ALERTS, DQ_REJECTS, VOLUME_AGGREGATES, WHALE_TRADES, EXCHANGE_SPREADS)
    }
)
"""Every table there is, by its name."""

MODULES: Final[Mapping[str, str]] = MappingProxyType(
    {table.module_name: table.module_id for table in TABLES.values() if table.module_name and table.module_id}
)
"""The id of each module that owns a table, by the module's name."""


def active(module_ids: Collection[str]) -> tuple[Table, ...]:
    """The core tables and those of the modules given, in the order of `TABLES`: a module that is switched off has no table."""
    return tuple(table for table in TABLES.values() if table.module_id is None or table.module_id in module_ids)
