"""MOD-001 volume-anomaly: windows whose volume is far from what the hour before them was used to."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from coattail_common.contracts import Alert
from coattail_common.ids import Market
from coattail_detectors.building.episodes import Episode, Episodes
from coattail_detectors.building.windowed import WindowDetector
from coattail_detectors.building.windows import OpenMarket, Window
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.exact import digits
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.provenance import Provenance
from coattail_detectors.modules.volume_anomaly.alerts import StddevSource, VolumeSpikeDetails
from coattail_detectors.modules.volume_anomaly.baseline import Baseline, baseline
from coattail_detectors.modules.volume_anomaly.module import MODULE, VolumeSettings
from coattail_detectors.modules.volume_anomaly.rows import VolumeAggregate


class History(msgspec.Struct):
    """The volumes of a market's windows up to `end` (UTC, µs), the newest last, and the last trade id in them."""

    market: Market
    end: int
    last_trade_id: int
    volumes: list[float]


class Held(msgspec.Struct, frozen=True):
    """The detector's state. `missed`: see `BaseDetector.missed`."""

    windows: tuple[OpenMarket, ...]
    histories: tuple[History, ...]
    episodes: tuple[Episode, ...]
    missed: dict[str, int] = {}


class VolumeDetector(WindowDetector):
    """Each window once it has closed: its volume against those before it, itself left out."""

    module: ClassVar = MODULE

    def __init__(self, features: Features, provenance: Provenance) -> None:
        self._settings = features.of(VolumeSettings)
        super().__init__(provenance, self._settings.window_seconds, forget_after=self._settings.history_windows)
        self._histories: dict[Market, History] = {}
        self._episodes = Episodes()

    def inspect(self, shown: DetectorInput, now: int) -> list[Finding]:
        """See `BaseDetector.inspect`."""
        self._windows.add(shown.bars)
        findings = [self._look(window, now) for window in self._windows.close(shown.watermarks)]
        if findings:
            markets = self._windows.markets
            self._histories = {market: one for market, one in self._histories.items() if market in markets}
        return findings

    def state(self) -> bytes:
        """See `BaseDetector.state`."""
        histories = tuple(self._histories[market] for market in sorted(self._histories))
        return msgspec.json.encode(
            Held(self._windows.state(), histories, self._episodes.state(), self._windows.missed())
        )

    def restore(self, state: bytes) -> None:
        """See `BaseDetector.restore`."""
        held = msgspec.json.decode(state, type=Held)
        self._windows.restore(held.windows, held.missed)
        self._histories = {
            one.market: msgspec.structs.replace(one, volumes=one.volumes[-self._settings.history_windows :])
            for one in held.histories
        }
        self._episodes.restore(held.episodes)

    def missed(self, until: Mapping[str, int]) -> None:
        """See `BaseDetector.missed`. The baselines of these exchanges begin again."""
        super().missed(until)
        self._histories = {market: one for market, one in self._histories.items() if market.exchange not in until}

    def _look(self, window: Window, now: int) -> Finding:
        history = self._before(window)
        volume = float(window.volume)
        enough = len(history.volumes) >= self._settings.least_windows
        usual = baseline(history.volumes) if enough else None
        z_score = usual.z_score(volume, self._settings.least_stddev_percent) if usual else None
        alert = self._judge(window, history, usual, z_score, now) if usual and z_score is not None else None
        self._histories[window.market] = History(
            window.market,
            window.end,
            history.last_trade_id if window.last_trade_id is None else window.last_trade_id,
            [*history.volumes, volume][-self._settings.history_windows :],
        )
        return Finding(alert, _row(window, len(history.volumes), usual, z_score, alert, now))

    def _before(self, window: Window) -> History:
        """The windows before; a market that was forgotten in between has none."""
        known = self._histories.get(window.market)
        return known if known and known.end == window.start else History(window.market, window.start, -1, [])

    def _judge(self, window: Window, history: History, usual: Baseline, z_score: float, now: int) -> Alert | None:
        market, limits = window.market, self._settings.symbols.get(window.market.symbol, self._settings.z_score)
        severity, key = limits.severity(z_score), f"{market.exchange}:{market.symbol}"
        if not self._episodes.is_news(key, severity, upwards=z_score > 0) or severity is None:
            return None
        least = usual.least_stddev(self._settings.least_stddev_percent)
        details = VolumeSpikeDetails(
            window_start=window.start,
            window_end=window.end,
            volume=digits(window.volume),
            quote_volume=digits(window.amount),
            trades=window.trades,
            baseline_mean=usual.mean,
            baseline_stddev=usual.stddev,
            baseline_windows=usual.windows,
            z_score=z_score,
            threshold=limits.of(severity),
            stddev_used=max(usual.stddev, least),
            stddev_source=StddevSource.MEASURED if usual.stddev >= least else StddevSource.LEAST,
        )
        return self._provenance.alert(
            details,
            module=self.module,
            detector=type(self),
            key=f"{key}:{window.start}",
            exchange=market.exchange,
            symbol=market.symbol,
            severity=severity,
            event_time=window.end,
            now=now,
            message=_message(window, usual, z_score),
            trades=(window.trades_after(history.last_trade_id),),
        )


def _message(window: Window, usual: Baseline, z_score: float) -> str:
    market, base = window.market, window.market.symbol.partition("-")[0]
    return (
        f"{market.symbol} on {market.exchange}: {window.volume:,.2f} {base} in {(window.end - window.start) / 1e6:g} s, "
        f"{abs(z_score):.1f} standard deviations {'above' if z_score > 0 else 'below'} the {usual.mean:,.2f} {base} "
        f"of the {usual.windows} windows before"
    )


def _row(
    window: Window, before: int, usual: Baseline | None, z_score: float | None, alert: Alert | None, now: int
) -> VolumeAggregate:
    return VolumeAggregate(
        window_id=f"{window.market.exchange}:{window.market.symbol}:{window.start}:{window.end - window.start}",
        detected_at=now,
        window_start=window.start,
        window_end=window.end,
        exchange=window.market.exchange,
        symbol=window.market.symbol,
        trades=window.trades,
        volume=digits(window.volume),
        quote_volume=digits(window.amount),
        first_trade_id=window.first_trade_id,
        last_trade_id=window.last_trade_id,
        baseline_windows=before,
        baseline_mean=usual.mean if usual else None,
        baseline_stddev=usual.stddev if usual else None,
        z_score=z_score,
        alert_id=alert.alert_id if alert else None,
    )
