"""The table of MOD-001, and its rows."""

from typing import Final

import msgspec

from coattail_common.contracts import Decimal38, Int32, Micros, Symbol
from coattail_common.tables import Table


class VolumeAggregate(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `volume_aggregates`: one window of one market, quiet ones too. `volume` and the baseline in base units.

    The baseline and `z_score` are absent where there were too few windows before; `z_score` too where those were all the same.
    `alert_id` names the alert that it raised.
    """

    window_id: str
    detected_at: Micros
    window_start: Micros
    window_end: Micros
    exchange: str
    symbol: Symbol
    trades: Int32
    volume: Decimal38
    quote_volume: Decimal38
    first_trade_id: int | None
    last_trade_id: int | None
    baseline_windows: Int32
    baseline_mean: float | None
    baseline_stddev: float | None
    z_score: float | None
    alert_id: str | None


VOLUME_AGGREGATES: Final = Table(
    "volume_aggregates", VolumeAggregate, ("days(window_start)", "symbol"), key="window_id"
)
