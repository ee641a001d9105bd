"""MOD-002 whale-detector: what it is, and its settings."""

import math
from decimal import Decimal
from typing import Final

import msgspec

from coattail_common.contracts import Severity
from coattail_detectors.kernel.module import Feed, Module, ModuleSettings
from coattail_detectors.modules.whale_detector.alerts import WhaleSweepDetails, WhaleTradeDetails
from coattail_detectors.modules.whale_detector.rows import WHALE_TRADES


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In US dollars: above `medium` an alert is raised, above the others it is of their severity."""

    medium: Decimal = Decimal(100_000)
    high: Decimal = Decimal(500_000)
    critical: Decimal = Decimal(1_000_000)

    def __post_init__(self) -> None:
        # To compare with a Decimal that is no number is an error of its own kind.
        finite = all(limit.is_finite() for limit in (self.medium, self.high, self.critical))
        if not finite or not 0 < self.medium < self.high < self.critical:
            message = f"thresholds must ascend: medium {self.medium}, high {self.high}, critical {self.critical}"
            raise ValueError(message)

    def severity(self, usd: Decimal) -> tuple[Severity, Decimal] | None:
        """The severity of an amount and the threshold it is above; None when it is above none."""
        for severity, threshold in (
            (Severity.CRITICAL, self.critical),
            (Severity.HIGH, self.high),
            (Severity.MEDIUM, self.medium),
        ):
            if usd > threshold:
                return severity, threshold
        return None


class WhaleSettings(ModuleSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """MOD-002. `symbols` overrides the thresholds of single symbols; `hold_seconds` is how long a sweep that may have further
    fills waits for them when its exchange says nothing at all, or when it is late itself."""

    thresholds_usd: Thresholds = Thresholds()
    symbols: dict[str, Thresholds] = msgspec.field(default_factory=dict)
    hold_seconds: float = 10.0

    def __post_init__(self) -> None:
        if not 0 <= self.hold_seconds < math.inf:
            raise ValueError(f"hold_seconds is {self.hold_seconds:g}, and must be a number from 0 on")

    def thresholds(self, symbol: str) -> Thresholds:
        """The thresholds of a symbol."""
        return self.symbols.get(symbol, self.thresholds_usd)


MODULE: Final = Module(
    module_id="MOD-002",
    name="whale-detector",
    tier="small",
    description="Single trades and sweeps of whale size",
    inputs=(Feed.TRADES,),
    dependencies=(),
    processing="per trade, and per sweep: consecutive trades of one market, side and millisecond",
    table=WHALE_TRADES,
    alerts=dict.fromkeys((WhaleTradeDetails, WhaleSweepDetails), (Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)),
    cost=0.0,
    settings=WhaleSettings,
)
