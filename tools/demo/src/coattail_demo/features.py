"""What the features file says of windows: how long they are, what they are compared with, and when they close."""

from pathlib import Path

import msgspec

from coattail_demo.errors import ConfigurationError

_MICROS = 1_000_000
_LEAST_WINDOW = 1e-3
_MOST_SECONDS = 1e9


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """Above `medium` there is an alert, above `high` it is of that severity."""

    medium: float
    high: float

    def __str__(self) -> str:
        return f"{self.medium:g} / {self.high:g}"


class Watermark(msgspec.Struct, frozen=True, kw_only=True):
    """A window closes when trades are this far past its end."""

    lateness_seconds: float = 10.0


class VolumeWindows(msgspec.Struct, frozen=True, kw_only=True):
    """MOD-001: compared are the volumes of up to `history_windows` windows before, and at least of `least_windows`."""

    enabled: bool = True
    window_seconds: float = 60.0
    history_windows: int = 60
    least_windows: int = 10
    z_score: Thresholds = Thresholds(medium=2.5, high=3.5)


class SpreadWindows(msgspec.Struct, frozen=True, kw_only=True):
    """MOD-003: thresholds in percent, of two prices of one asset and of two quote currencies."""

    enabled: bool = True
    window_seconds: float = 30.0
    percent: Thresholds = Thresholds(medium=0.5, high=1.0)
    depeg_percent: Thresholds = Thresholds(medium=0.5, high=1.0)


class Features(msgspec.Struct, frozen=True, kw_only=True):
    """What concerns the demo; the application reads the whole file, and refuses what it does not know in it."""

    watermark: Watermark = Watermark()
    volume_anomaly: VolumeWindows = VolumeWindows()
    spread_calculator: SpreadWindows = SpreadWindows()

    @property
    def lateness(self) -> int:
        """µs after a window's end until it closes."""
        return round(self.watermark.lateness_seconds * _MICROS)

    @property
    def volume_window(self) -> int:
        """The length of MOD-001's windows, µs."""
        return round(self.volume_anomaly.window_seconds * _MICROS)

    @property
    def spread_window(self) -> int:
        """The length of MOD-003's windows, µs."""
        return round(self.spread_calculator.window_seconds * _MICROS)

    def __str__(self) -> str:
        volume, spread = self.volume_anomaly, self.spread_calculator
        return (
            f"volume: {volume.window_seconds:g} s against {volume.least_windows} to {volume.history_windows} before, "
            f"|z| > {volume.z_score}; spreads: {spread.window_seconds:g} s, > {spread.percent} %, "
            f"depeg > {spread.depeg_percent} %; windows close {self.watermark.lateness_seconds:g} s after their end"
        )


def read_features(path: Path) -> Features:
    """Read a features file. Raises `ConfigurationError`."""
    try:
        features = msgspec.yaml.decode(path.read_bytes(), type=Features | None) or Features()
    except OSError as error:
        raise ConfigurationError(f"features {path}: {error.strerror or error}") from error
    except msgspec.MsgspecError as error:
        raise ConfigurationError(f"features {path}: {' '.join(str(error).split())}") from error
    # The application refuses more; these are counted with before it is asked.
    for name, seconds, least in (
        ("watermark.lateness_seconds", features.watermark.lateness_seconds, 0),
        ("volume_anomaly.window_seconds", features.volume_anomaly.window_seconds, _LEAST_WINDOW),
        ("spread_calculator.window_seconds", features.spread_calculator.window_seconds, _LEAST_WINDOW),
    ):
        if not least <= seconds <= _MOST_SECONDS:  # false for NaN too
            raise ConfigurationError(f"features {path}: {name} is {seconds:g}, and must be {least:g} seconds or more")
    return features
