"""What the alerts of MOD-001 carry."""

from enum import StrEnum
from typing import ClassVar

import msgspec

from coattail_common.contracts import Decimal38, Details, Int32, Micros


class StddevSource(StrEnum):
    """Which standard deviation a verdict used."""

    MEASURED = "measured"
    """That of the windows before."""
    LEAST = "least"
    """A share of their mean, because the measured one is smaller: the windows before were nearly the same."""


class VolumeSpikeDetails(Details, frozen=True, kw_only=True):
    """A window whose volume is far from those before it. `z_score` is (volume − mean) / `stddev_used` over `baseline_windows`
    windows before it, itself excluded; volumes, mean and stddev in base units, `quote_volume` in quote units. `baseline_stddev` is
    the measured one; alerts from before there was a least one carry neither `stddev_used`, which it then is, nor its source.
    """

    alert_type: ClassVar[str] = "volume_spike"

    window_start: Micros
    window_end: Micros
    volume: Decimal38
    quote_volume: Decimal38
    trades: Int32
    baseline_mean: float
    baseline_stddev: float
    baseline_windows: Int32
    z_score: float
    threshold: float
    stddev_used: float | msgspec.UnsetType = msgspec.UNSET
    stddev_source: StddevSource | msgspec.UnsetType = msgspec.UNSET
