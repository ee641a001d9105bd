"""MOD-001 by hand-computed cases: the baseline without the window under test, severities, quiet windows, episodes."""

import math
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coattail_common.contracts import Severity
from coattail_detectors.building.limits import Limits
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.observed import Bar
from coattail_detectors.modules.volume_anomaly.alerts import StddevSource, VolumeSpikeDetails
from coattail_detectors.modules.volume_anomaly.baseline import baseline
from coattail_detectors.modules.volume_anomaly.detector import VolumeDetector
from coattail_detectors.modules.volume_anomaly.module import VolumeSettings
from coattail_detectors.modules.volume_anomaly.rows import VolumeAggregate
from coattail_testing.detectors import PROVENANCE, SECOND, alert_ids, bar, told, until

TEN = ["9", "11"] * 5
"""Ten windows: mean 10, sample standard deviation √(10/9) = 1.0540925533894598."""


def detector(settings: VolumeSettings | None = None) -> VolumeDetector:
    return VolumeDetector(Features(modules={"volume_anomaly": settings or VolumeSettings()}), PROVENANCE)


def minutes(volumes: Sequence[str]) -> list[Bar]:
    """A bar in each minute; no bar where the volume is 0."""
    return [bar(60 * at, volume, first_id=at + 1) for at, volume in enumerate(volumes) if volume != "0"]


def looked_at(volumes: Sequence[str], settings: VolumeSettings | None = None) -> list[Finding]:
    return told(detector(settings), minutes(volumes), until(60 * len(volumes)))


def rows(findings: Sequence[Finding]) -> list[VolumeAggregate]:
    return [finding.row for finding in findings if isinstance(finding.row, VolumeAggregate)]


def test_the_baseline_is_the_windows_before_and_not_the_window_itself() -> None:
    last = rows(looked_at([*TEN, "13"]))[-1]

    assert (last.baseline_windows, last.baseline_mean) == (10, 10)
    assert last.baseline_stddev == pytest.approx(1.0540925533894598, rel=1e-15)
    assert last.z_score == pytest.approx(3 / 1.0540925533894598, rel=1e-15)  # 2.846…


@pytest.mark.parametrize(
    ("volume", "severity"),
    [
        ("12.635", None),  # z = 2.49979…
        ("12.636", "medium"),  # 2.50073…
        ("13.689", "medium"),  # 3.49969…
        ("13.690", "high"),  # 3.50064…
        ("7.365", None),
        ("7.364", "medium"),
        ("6.310", "high"),
    ],
)
def test_a_window_is_as_severe_as_its_distance_in_either_direction(volume: str, severity: str | None) -> None:
    last = looked_at([*TEN, volume])[-1]

    assert (last.alert.severity if last.alert else None) == severity


def test_the_alert_states_the_window_and_leads_to_its_trades() -> None:
    alert = looked_at([*TEN, "20"])[-1].alert

    assert alert is not None
    assert alert.alert_id == f"MOD-001:volume_spike:binance:BTC-USDT:{600 * SECOND}"
    details = alert.details_as(VolumeSpikeDetails)
    assert (details.window_start, details.window_end) == (600 * SECOND, 660 * SECOND)
    assert (details.volume, details.quote_volume, details.trades, details.threshold) == ("20", "2000", 1, 3.5)
    assert (alert.lineage.first_trade_id, alert.lineage.last_trade_id, alert.lineage.trade_count) == (11, 11, 1)
    assert alert.message == (
        "BTC-USDT on binance: 20.00 BTC in 60 s, 9.5 standard deviations above the 10.00 BTC of the 10 windows before"
    )


def test_there_is_no_verdict_with_fewer_than_ten_windows() -> None:
    assert rows(looked_at([*TEN[:9], "1000"]))[-1].z_score is None
    assert alert_ids(looked_at([*TEN[:9], "1000"])) == []


def test_quiet_windows_count_as_zero() -> None:
    # Five windows of 10 and five of nothing: mean 5, stddev √(250/9) = 5.27…; z = (20 − 5) / 5.27… = 2.846…
    last = rows(looked_at([*["10", "0"] * 5, "20"]))[-1]

    assert (last.baseline_mean, last.baseline_windows) == (5, 10)
    assert last.z_score == pytest.approx(15 / math.sqrt(250 / 9), rel=1e-15)


def test_a_quiet_window_is_a_row_and_can_be_an_anomaly_without_trades() -> None:
    last = looked_at([*TEN, "0"])[-1]

    assert isinstance(last.row, VolumeAggregate)
    assert (last.row.volume, last.row.trades, last.row.first_trade_id) == ("0", 0, None)
    assert last.alert is not None
    # An empty range behind the last trade: there is nothing to lead to.
    assert (last.alert.lineage.first_trade_id, last.alert.lineage.last_trade_id) == (11, 10)
    assert last.alert.lineage.trade_count == 0


@pytest.mark.parametrize("volume", ["0.1", "123456789.123456"])
def test_a_baseline_without_deviation_never_divides(volume: str) -> None:
    findings = looked_at([*[volume] * 12, "999999999"], VolumeSettings(least_stddev_percent=0))

    assert [row.z_score for row in rows(findings)] == [None] * 13
    assert alert_ids(findings) == []


def test_the_baseline_is_no_longer_than_its_history() -> None:
    settings = VolumeSettings(history_windows=10)
    last = rows(looked_at([*["1000"] * 5, *TEN, "13"], settings))[-1]

    assert (last.baseline_windows, last.baseline_mean) == (10, 10)


def test_a_spike_over_a_flat_baseline_is_an_alert() -> None:
    """Ten windows of 2 and one of 2,000: stddev is 0, so 5 % of the mean counts, and the alert says so. The row keeps what was measured."""
    last = looked_at(["2"] * 10 + ["2000"])[-1]

    (row,) = rows([last])
    assert (row.baseline_mean, row.baseline_stddev) == (2, 0)
    assert row.z_score == pytest.approx(1998 / 0.1)
    assert last.alert is not None
    assert last.alert.severity is Severity.HIGH
    details = last.alert.details_as(VolumeSpikeDetails)
    assert (details.stddev_used, details.stddev_source) == (pytest.approx(0.1), StddevSource.LEAST)
    assert details.baseline_stddev == 0


def test_a_measured_deviation_above_the_least_is_used() -> None:
    last = looked_at([*TEN, "20"])[-1]

    assert last.alert is not None
    details = last.alert.details_as(VolumeSpikeDetails)
    assert (details.stddev_used, details.stddev_source) == (details.baseline_stddev, StddevSource.MEASURED)


def test_a_baseline_of_nothing_gives_no_verdict() -> None:
    """With a mean of zero nothing says what is usual."""
    settings = VolumeSettings(least_windows=2, history_windows=2)
    found = looked_at(["5", "0", "0", "9"], settings)
    assert [row.z_score for row in rows(found)][-1] is None
    assert found[-1].alert is None


def test_what_goes_on_is_reported_once_and_again_when_it_gets_worse() -> None:
    settings = VolumeSettings(history_windows=10, symbols={"BTC-USDT": Limits(medium=2, high=30)})
    volumes = [*TEN, "13", "14", "10", "1000", "5000", "10"]

    raised = [finding.alert.severity for finding in looked_at(volumes, settings) if finding.alert]

    # 13 is news, 14 goes on; 10 ends it; 1000 is news and high; 5000 is far less of a deviation after it.
    assert raised == ["medium", "high"]


def test_every_window_of_every_market_is_a_row_with_an_id_of_its_own() -> None:
    found = rows(looked_at([*TEN, "0", "20"]))

    assert len({row.window_id for row in found}) == len(found) == 12
    assert [row.window_start for row in found] == [60 * SECOND * at for at in range(12)]


def test_a_wrong_setting_says_what_it_must_be() -> None:
    with pytest.raises(ValueError, match="least_windows ≤ history_windows"):
        VolumeSettings(history_windows=5)
    with pytest.raises(ValueError, match="least_stddev_percent must be from 0 to 100"):
        VolumeSettings(least_stddev_percent=-1)
    with pytest.raises(ValueError, match="ascend"):
        Limits(medium=3, high=2)


AMOUNTS = st.just(0.0) | st.floats(1e-12, 1e12)
"""Volumes as bars have them: 12 digits behind the point. Far smaller ones, 5e-324 say, have no twentieth."""


@given(st.lists(AMOUNTS, min_size=2, max_size=60), AMOUNTS)
def test_the_z_score_is_that_of_the_formula(values: list[float], value: float) -> None:
    usual = baseline(values)
    mean = math.fsum(values) / len(values)
    stddev = math.sqrt(math.fsum((one - mean) ** 2 for one in values) / (len(values) - 1))

    assert usual.mean == pytest.approx(mean, rel=1e-9, abs=1e-9)
    assert usual.stddev == pytest.approx(stddev, rel=1e-6, abs=1e-3)
    assert (usual.z_score(value, 0) is None) == (usual.stddev == 0)
    assert (usual.z_score(value, 5) is None) == (usual.mean == 0)
    assert baseline(values[::-1]) == usual


@given(
    st.lists(st.integers(0, 30).map(str), min_size=12, max_size=40),
    st.integers(1, 5),
    st.integers(0, 3),
    st.integers(0, 3),
    st.booleans(),
)
def test_alerts_do_not_depend_on_the_batches_on_disorder_or_on_a_restart(
    volumes: list[str], step: int, disorder: int, behind: int, restarted: bool
) -> None:
    """The watermark is never past a bar that is still to come, however many quiet minutes lie between two bars."""
    settings = VolumeSettings(least_windows=3, z_score=Limits(medium=1, high=2))
    bars, end = minutes(volumes), 60 * len(volumes)
    expected = told(detector(settings), bars, until(end))
    mixed = [one for at in range(0, len(bars), disorder + 1) for one in bars[at : at + disorder + 1][::-1]]

    running, found = detector(settings), []
    for at in range(0, len(mixed), step):
        to_come = min((one.start // SECOND for one in mixed[at + step :]), default=end)
        found += told(running, mixed[at : at + step], until(max(0, to_come - 60 * behind)))
        if restarted:
            state, running = running.state(), detector(settings)
            running.restore(state)
    found += told(running, [], until(end))

    assert [msgspec.json.encode(one) for one in found] == [msgspec.json.encode(one) for one in expected]


def test_a_market_that_was_forgotten_begins_a_baseline_of_its_own() -> None:
    """After 100 quiet minutes the history of before says nothing of what is usual now."""
    bars = [*minutes(TEN), bar(60 * 100, "10", first_id=11)]
    (*_, last) = rows(told(detector(), bars, until(60 * 101)))
    assert (last.window_start, last.baseline_windows) == (6000 * SECOND, 0)
