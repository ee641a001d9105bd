"""What an alert about a window says of where and when: the window, its markets, and how far off it was."""

import msgspec

from coattail_common.contracts import Alert
from coattail_detectors.modules.spread_calculator.alerts import QuoteDepegDetails, SpreadDivergenceDetails
from coattail_detectors.modules.volume_anomaly.alerts import VolumeSpikeDetails


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """A window (UTC, µs, the end exclusive) in which something was seen.

    `size` is a z-score where `unit` is `σ` and else a percentage; it is negative for less, for cheaper, and for worth less.
    `other` is the market that the alert's own was compared with, `exchange:SYMBOL`.
    """

    window_start: int
    window_end: int
    size: float
    unit: str
    other: str = ""


def sighting_of(alert: Alert) -> Sighting | None:
    """The sighting of an alert; None where it is about trades and not about a window. Raises `msgspec.ValidationError`."""
    if alert.alert_type == VolumeSpikeDetails.alert_type:
        volume = alert.details_as(VolumeSpikeDetails)
        return Sighting(window_start=volume.window_start, window_end=volume.window_end, size=volume.z_score, unit="σ")
    if alert.alert_type == SpreadDivergenceDetails.alert_type:
        spread = alert.details_as(SpreadDivergenceDetails)
        return Sighting(
            window_start=spread.window_start,
            window_end=spread.window_end,
            size=spread.spread_percent,
            unit="%",
            other=f"{spread.other_exchange}:{spread.other_symbol}",
        )
    if alert.alert_type == QuoteDepegDetails.alert_type:
        depeg = alert.details_as(QuoteDepegDetails)
        return Sighting(
            window_start=depeg.window_start, window_end=depeg.window_end, size=depeg.basis_percent, unit="%"
        )
    return None
