"""MOD-001 volume-anomaly: what it is, and its settings."""

from typing import Final

import msgspec

from coattail_common.contracts import Severity
from coattail_detectors.building.limits import Limits
from coattail_detectors.kernel.module import Feed, Module, ModuleSettings
from coattail_detectors.modules.volume_anomaly.alerts import VolumeSpikeDetails
from coattail_detectors.modules.volume_anomaly.rows import VOLUME_AGGREGATES


class VolumeSettings(ModuleSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """MOD-001. The baseline is the `history_windows` windows before, of which there must be `least_windows`. The standard deviation
    counts as at least `least_stddev_percent` of the mean.

    `symbols` overrides the thresholds of single symbols.
    """

    window_seconds: int = 60
    history_windows: int = 60
    least_windows: int = 10
    least_stddev_percent: float = 5.0
    z_score: Limits = Limits(medium=2.5, high=3.5)
    symbols: dict[str, Limits] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.window_seconds < 1 or not 2 <= self.least_windows <= self.history_windows:
            message = (
                f"window_seconds must be 1 or more and 2 ≤ least_windows ≤ history_windows, not {self.window_seconds}, "
                f"{self.least_windows}, {self.history_windows}"
            )
            raise ValueError(message)
        if not 0 <= self.least_stddev_percent <= 100:
            message = f"least_stddev_percent must be from 0 to 100, not {self.least_stddev_percent}"
            raise ValueError(message)


MODULE: Final = Module(
    module_id="MOD-001",
    name="volume-anomaly",
    tier="small",
    description="Windows with far more or far less volume than those before",
    inputs=(Feed.TRADES,),
    dependencies=(),
    processing="60 s tumbling windows per market; z-score against the hour before, the window itself excluded",
    table=VOLUME_AGGREGATES,
    alerts={VolumeSpikeDetails: (Severity.MEDIUM, Severity.HIGH)},
    cost=0.0,
    settings=VolumeSettings,
)
