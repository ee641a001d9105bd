"""The alert: something a detector saw, and the trades it saw it in."""

from enum import StrEnum
from typing import ClassVar, Self

import msgspec

from coattail_common.contracts._fields import Int32, Micros, Symbol


class Severity(StrEnum):
    """How much it matters: `low < medium < high < critical`."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for `low` to 3 for `critical`."""
        return list(Severity).index(self)


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What is particular to one alert type. A subclass fixes the fields of the type it names."""

    alert_type: ClassVar[str]


class MarketTrades(msgspec.Struct, frozen=True, kw_only=True):
    """Trades of one market: those of its ids `first_trade_id` to `last_trade_id` that lie in the alert's window."""

    exchange: str
    symbol: Symbol
    first_trade_id: int
    last_trade_id: int
    trade_count: Int32


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """From an alert back to its trades, and to the code and configuration that raised it.

    The trades are `first_trade_id` to `last_trade_id` of the alert's market, `trade_count` of them; `snapshot_id` is that
    of `raw_trades` where the alert was computed from the table, and absent where it was raised before the commit. An alert
    that rests on several markets names each of them in `markets`; the first is then the one that the plain fields describe.
    """

    correlation_id: str
    module_id: str
    detector: str
    config_hash: str
    pipeline_version: str
    processed_at: Micros
    first_trade_id: int
    last_trade_id: int
    trade_count: Int32
    snapshot_id: int | None = None
    markets: tuple[MarketTrades, ...] | msgspec.UnsetType = msgspec.UNSET


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """What travels on the bus as `alert.raised` and rests in `anomaly_alerts`.

    `alert_id` is deterministic: the bus is at least once, and consumers tell repeats by it. `details` is JSON whose fields
    are fixed by `alert_type`; `alert_type` itself is open, so that a new module needs no new schema.
    """

    alert_id: str
    alert_type: str
    module_id: str
    symbol: Symbol
    severity: Severity
    detected_at: Micros
    event_time: Micros
    message: str
    details: msgspec.Raw
    lineage: Lineage
    exchange: str | None = None
    schema_version: Int32 = 1

    def details_as[T: Details](self, details: type[T]) -> T:
        """The details as their own type. Raises `msgspec.ValidationError` when they are another type's."""
        if self.alert_type != details.alert_type:
            message = f"alert {self.alert_id} is a {self.alert_type}, not a {details.alert_type}"
            raise msgspec.ValidationError(message)
        return msgspec.json.decode(self.details, type=details)

    @classmethod
    def with_details(cls, details: Details, **fields: object) -> Self:
        """An alert of the details' type, carrying them."""
        raw = msgspec.Raw(msgspec.json.encode(details))
        return cls(alert_type=details.alert_type, details=raw, **fields)  # type: ignore[arg-type]
