"""MOD-003 spread-calculator: what it is, and its settings."""

import math
from typing import Final

import msgspec

from coattail_common.contracts import Severity
from coattail_detectors.building.limits import Limits
from coattail_detectors.kernel.module import Feed, Module, ModuleSettings
from coattail_detectors.modules.spread_calculator.alerts import QuoteDepegDetails, SpreadDivergenceDetails
from coattail_detectors.modules.spread_calculator.rows import EXCHANGE_SPREADS


class SpreadSettings(ModuleSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """MOD-003. `percent` are the thresholds of a spread, `symbols` those of single symbols, `depeg_percent` those of a basis.

    The basis of two quotes at two exchanges is a median over at least `least_symbols` assets that both trade, each by its newest ratio
    of the last `basis_windows` windows. Two exchanges wait for each other alone, and `quote_depeg` for those that show rates of quotes;
    none is waited for that lies `patience_seconds` behind.
    """

    window_seconds: int = 30
    percent: Limits = Limits(medium=0.5, high=1.0)
    symbols: dict[str, Limits] = msgspec.field(default_factory=dict)
    depeg_percent: Limits = Limits(medium=0.5, high=1.0)
    basis_windows: int = 10
    least_symbols: int = 3
    patience_seconds: float = 300.0

    def __post_init__(self) -> None:
        if self.window_seconds < 1 or self.least_symbols < 1 or self.basis_windows < 1:
            message = (
                f"window_seconds, least_symbols and basis_windows must be 1 or more, not {self.window_seconds}, "
                f"{self.least_symbols}, {self.basis_windows}"
            )
            raise ValueError(message)
        if not 0 <= self.patience_seconds < math.inf:
            raise ValueError(f"patience_seconds is {self.patience_seconds:g}, and must be a number from 0 on")


MODULE: Final = Module(
    module_id="MOD-003",
    name="spread-calculator",
    tier="small",
    description="The same asset at two prices at two exchanges, the quote basis removed; and the basis itself",
    inputs=(Feed.TRADES,),
    dependencies=(),
    processing="30 s tumbling VWAP per market; (a − b) / b × 100 for every pair of exchanges after the quote basis",
    table=EXCHANGE_SPREADS,
    alerts=dict.fromkeys((SpreadDivergenceDetails, QuoteDepegDetails), (Severity.MEDIUM, Severity.HIGH)),
    cost=0.0,
    settings=SpreadSettings,
)
