"""What a table of the lakehouse is, and the core tables. Spark and the catalog's Lambda create the same ones from here.

A module's table is defined in the module's folder.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from coattail_common.contracts import Alert, Reject, Trade

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
    """A table: its name, the struct of its rows, and its partition transforms as in SQL.

    `key` is the column that tells a module's rows apart; with `detected_at` it says after a crash which of them are there already.
    """

    name: str
    rows: type[msgspec.Struct]
    partitioned_by: tuple[str, ...]
    key: str = "alert_id"


RAW_TRADES: Final = Table("raw_trades", Trade, ("days(timestamp)", "symbol"))
ANOMALY_ALERTS: Final = Table("anomaly_alerts", Alert, ("days(detected_at)", "alert_type"))
DQ_REJECTS: Final = Table("dq_rejects", Reject, ("days(rejected_at)", "reason"))

CORE: Final = (RAW_TRADES, ANOMALY_ALERTS, DQ_REJECTS)
"""The tables that are there whichever modules run."""
