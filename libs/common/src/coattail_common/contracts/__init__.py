"""The records that services exchange, each defined once.

Everything else that describes them (JSON Schema files, Spark and Iceberg schemas) is derived from these structs by code.
"""

from coattail_common.contracts._fields import Decimal38, Int32, Micros, Symbol
from coattail_common.contracts.alert import (
    Alert,
    Details,
    Lineage,
    MarketTrades,
    Severity,
)
from coattail_common.contracts.events import (
    BUS,
    BatchCompleted,
    BatchFailed,
    CatalogRequested,
    ConnectorStalled,
    DifferenceKind,
    Event,
    MarketAvailable,
    MarketUnavailable,
    ModuleFailed,
    QualityDegraded,
    TableChanged,
    TableDifference,
    TableDiffers,
    TradesGapDetected,
    TradesGapFilled,
)
from coattail_common.contracts.notation import ASSET_PATTERN, SYMBOL_PATTERN, is_symbol
from coattail_common.contracts.reject import CONFLICT, CONTENTS, Reject
from coattail_common.contracts.trade import SCHEMA_VERSION, Origin, Side, Trade, event_id

__all__ = [
    "ASSET_PATTERN",
    "BUS",
    "CONFLICT",
    "CONTENTS",
    "SCHEMA_VERSION",
    "SYMBOL_PATTERN",
    "Alert",
    "BatchCompleted",
    "BatchFailed",
    "CatalogRequested",
    "ConnectorStalled",
    "Decimal38",
    "Details",
    "DifferenceKind",
    "Event",
    "Int32",
    "Lineage",
    "MarketAvailable",
    "MarketTrades",
    "MarketUnavailable",
    "Micros",
    "ModuleFailed",
    "Origin",
    "QualityDegraded",
    "Reject",
    "Severity",
    "Side",
    "Symbol",
    "TableChanged",
    "TableDifference",
    "TableDiffers",
    "Trade",
    "TradesGapDetected",
    "TradesGapFilled",
    "event_id",
    "is_symbol",
]
