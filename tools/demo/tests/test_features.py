"""What the demo reads of the features file is what the application reads."""

from pathlib import Path

import pytest

from coattail_demo.errors import ConfigurationError
from coattail_demo.features import Features, read_features

CONFIG = Path(__file__).parents[3] / "config"


def test_what_the_default_file_says_is_what_holds_without_it() -> None:
    assert read_features(CONFIG / "features.yaml") == Features()


def test_the_demos_file_has_short_windows() -> None:
    features = read_features(CONFIG / "demo.yaml")
    assert (features.volume_window, features.spread_window, features.lateness) == (5_000_000, 5_000_000, 2_000_000)
    assert features.volume_anomaly.least_windows == 6


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "features.yaml"
    path.write_text("# nothing\n")
    assert read_features(path) == Features()


@pytest.mark.parametrize("text", ["volume_anomaly: [", "volume_anomaly: {window_seconds: short}"])
def test_what_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "features.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"features .*features\.yaml: "):
        read_features(path)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.yaml: No such file"):
        read_features(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "volume_anomaly: {window_seconds: .nan}",
            "volume_anomaly.window_seconds is nan, and must be 0.001 seconds or more",
        ),
        ("volume_anomaly: {window_seconds: 0}", "volume_anomaly.window_seconds is 0, and must be"),
        ("spread_calculator: {window_seconds: .inf}", "spread_calculator.window_seconds is inf"),
        ("spread_calculator: {window_seconds: -5}", "spread_calculator.window_seconds is -5"),
        ("watermark: {lateness_seconds: .nan}", "watermark.lateness_seconds is nan, and must be 0 seconds or more"),
    ],
)
def test_seconds_that_are_none_are_refused(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "features.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as refused:
        read_features(path)
    assert str(refused.value).startswith(f"features {path}: {problem}")
