"""The events on the bus. `Event.detail_type` is EventBridge's `detail-type`; the struct is its `detail`."""

from enum import StrEnum
from typing import ClassVar, Final

import msgspec

from coattail_common.contracts._fields import Decimal38, Int32, Micros, Symbol

BUS: Final = "coattail"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, told to whoever listens. `alert.raised` carries an `Alert` as it is and has no struct here."""

    detail_type: ClassVar[str]

    occurred_at: Micros


class TradesGapDetected(Event, frozen=True, kw_only=True):
    """Trade ids `first_trade_id` to `last_trade_id` of a market were not received."""

    detail_type: ClassVar[str] = "trades.gap_detected"

    exchange: str
    symbol: Symbol
    first_trade_id: int
    last_trade_id: int


class TradesGapFilled(Event, frozen=True, kw_only=True):
    """The ids of a gap were fetched from the exchange and sent on."""

    detail_type: ClassVar[str] = "trades.gap_filled"

    exchange: str
    symbol: Symbol
    first_trade_id: int
    last_trade_id: int


class ConnectorStalled(Event, frozen=True, kw_only=True):
    """A market has been silent for `silent_seconds` although it is connected."""

    detail_type: ClassVar[str] = "connector.stalled"

    exchange: str
    symbol: Symbol
    silent_seconds: Int32


class MarketUnavailable(Event, frozen=True, kw_only=True):
    """The exchange does not serve a market that is to be followed, for `reason`. The others go on, and it is asked for again."""

    detail_type: ClassVar[str] = "market.unavailable"

    exchange: str
    symbol: Symbol
    reason: str


class MarketAvailable(Event, frozen=True, kw_only=True):
    """The exchange serves a market again that was unavailable."""

    detail_type: ClassVar[str] = "market.available"

    exchange: str
    symbol: Symbol


class QualityDegraded(Event, frozen=True, kw_only=True):
    """The share of good records, in percent, has been below its floor."""

    detail_type: ClassVar[str] = "quality.degraded"

    score: Decimal38
    floor: Decimal38


class TableChanged(Event, frozen=True, kw_only=True):
    """A table of the catalog was created or evolved."""

    detail_type: ClassVar[str] = "catalog.table_changed"

    table: str
    change: str


class DifferenceKind(StrEnum):
    """In what a table of the catalog is not as its contract says."""

    MISSING_COLUMN = "missing_column"
    UNKNOWN_COLUMN = "unknown_column"
    TYPE = "type"
    NULLABILITY = "nullability"
    PARTITIONS = "partitions"
    FORMAT = "format"


class TableDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One difference between a table and its contract: what is expected, what was found. `column` is none for the table as a whole."""

    kind: DifferenceKind
    column: str | None = None
    expected: str | None = None
    found: str | None = None


class TableDiffers(Event, frozen=True, kw_only=True):
    """A table of the catalog is not as its contract says, and was left as it is. Sent at each look for as long as it is so."""

    detail_type: ClassVar[str] = "catalog.table_differs"

    table: str
    differences: tuple[TableDifference, ...]


class CatalogRequested(Event, frozen=True, kw_only=True):
    """Somebody wants the catalog looked through now: missing tables created, differing ones told of."""

    detail_type: ClassVar[str] = "catalog.requested"

    requested_by: str


class ModuleFailed(Event, frozen=True, kw_only=True):
    """A detector raised an error and was passed over; the others went on."""

    detail_type: ClassVar[str] = "module.failed"

    module_id: str
    batch_id: int
    error: str


class BatchCompleted(Event, frozen=True, kw_only=True):
    """A batch workflow ended well."""

    detail_type: ClassVar[str] = "batch.completed"

    workflow: str
    run_id: str


class BatchFailed(Event, frozen=True, kw_only=True):
    """A batch workflow gave up."""

    detail_type: ClassVar[str] = "batch.failed"

    workflow: str
    run_id: str
    error: str
