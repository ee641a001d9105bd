"""The records that services exchange, each defined once.

Everything else that describes them (JSON Schema files, Spark and Iceberg schemas) is derived from these structs by code.
"""

from coattail_common.contracts._fields import Decimal38, Int32, Micros, Symbol
from coattail_common.contracts.alert import (
    Alert,
    BasisSource,
    Details,
    Lineage,
    MarketTrades,
    QuoteDepegDetails,
    Severity,
    SpreadDivergenceDetails,
    StddevSource,
    VolumeSpikeDetails,
    WhaleSweepDetails,
    WhaleTradeDetails,
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
from coattail_common.contracts.reject import Reject
from coattail_common.contracts.rows import ExchangeSpread, VolumeAggregate, WhaleTrade
from coattail_common.contracts.trade import SCHEMA_VERSION, Origin, Side, Trade, event_id

__all__ = [
    "ASSET_PATTERN",
    "BUS",
    "SCHEMA_VERSION",
    "SYMBOL_PATTERN",
    "Alert",
    "BasisSource",
    "BatchCompleted",
    "BatchFailed",
    "CatalogRequested",
    "ConnectorStalled",
    "Decimal38",
    "Details",
    "DifferenceKind",
    "Event",
    "ExchangeSpread",
    "Int32",
    "Lineage",
    "MarketAvailable",
    "MarketTrades",
    "MarketUnavailable",
    "Micros",
    "ModuleFailed",
    "Origin",
    "QualityDegraded",
    "QuoteDepegDetails",
    "Reject",
    "Severity",
    "Side",
    "SpreadDivergenceDetails",
    "StddevSource",
    "Symbol",
    "TableChanged",
    "TableDifference",
    "TableDiffers",
    "Trade",
    "TradesGapDetected",
    "TradesGapFilled",
    "VolumeAggregate",
    "VolumeSpikeDetails",
    "WhaleSweepDetails",
    "WhaleTrade",
    "WhaleTradeDetails",
    "event_id",
    "is_symbol",
]
