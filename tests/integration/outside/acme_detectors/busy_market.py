"""MOD-901 busy-market: windows with many trades."""

from typing import ClassVar, Final

import msgspec

from coattail_common.contracts import Details, Int32, Micros, Severity, Symbol
from coattail_common.tables import Table
from coattail_detectors.building.windowed import WindowDetector
from coattail_detectors.building.windows import Window
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.module import Feed, Module, ModuleSettings
from coattail_detectors.kernel.provenance import Provenance


class BusyMarketSettings(ModuleSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """MOD-901. A window with `trades` or more is busy."""

    window_seconds: int = 5
    trades: int = 100


class BusyMarketDetails(Details, frozen=True, kw_only=True):
    """A busy window."""

    alert_type: ClassVar[str] = "busy_market"

    window_start: Micros
    window_end: Micros
    trades: Int32


class BusyMarket(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `busy_markets`: a busy window."""

    alert_id: str
    detected_at: Micros
    window_start: Micros
    exchange: str
    symbol: Symbol
    trades: Int32


MODULE: Final = Module(
    module_id="MOD-901",
    name="busy-market",
    tier="small",
    description="Windows with many trades",
    inputs=(Feed.TRADES,),
    dependencies=(),
    processing="tumbling windows per market; their trades are counted",
    table=Table("busy_markets", BusyMarket, ("days(window_start)", "symbol")),
    alerts={BusyMarketDetails: (Severity.LOW,)},
    cost=0.0,
    settings=BusyMarketSettings,
)


class BusyMarketDetector(WindowDetector):
    """Each window once it has closed."""

    module: ClassVar = MODULE

    def __init__(self, features: Features, provenance: Provenance) -> None:
        settings = features.of(BusyMarketSettings)
        self._trades = settings.trades
        super().__init__(provenance, settings.window_seconds, forget_after=1)

    def inspect(self, shown: DetectorInput, now: int) -> list[Finding]:
        """See `BaseDetector.inspect`."""
        self._windows.add(shown.bars)
        closed = self._windows.close(shown.watermarks)
        return [self._found(window, now) for window in closed if window.trades >= self._trades]

    def _found(self, window: Window, now: int) -> Finding:
        market = window.market
        alert = self._provenance.alert(
            BusyMarketDetails(window_start=window.start, window_end=window.end, trades=window.trades),
            module=self.module,
            detector=type(self),
            key=f"{market.exchange}:{market.symbol}:{window.start}",
            exchange=market.exchange,
            symbol=market.symbol,
            severity=Severity.LOW,
            event_time=window.end,
            now=now,
            message=f"{market.symbol} on {market.exchange}: {window.trades} trades",
            trades=(window.trades_after(-1),),
        )
        row = BusyMarket(
            alert_id=alert.alert_id,
            detected_at=now,
            window_start=window.start,
            exchange=market.exchange,
            symbol=market.symbol,
            trades=window.trades,
        )
        return Finding(alert, row)
