"""The features file: read with the modules there are, and every mistake named."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from coattail_detectors import ModuleRegistry, registry
from coattail_detectors.building.limits import Limits
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.errors import FeaturesError
from coattail_detectors.kernel.features import Features, load, parse
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.provenance import Provenance
from coattail_detectors.modules.spread_calculator.module import SpreadSettings
from coattail_detectors.modules.volume_anomaly.detector import VolumeDetector
from coattail_detectors.modules.volume_anomaly.module import VolumeSettings
from coattail_detectors.modules.whale_detector.detector import WhaleDetector
from coattail_detectors.modules.whale_detector.module import Thresholds, WhaleSettings

SMALL = ("volume-anomaly", "whale-detector", "spread-calculator")


def parsed(text: str) -> Features:
    return parse(text.encode(), ModuleRegistry.load().modules)


def test_what_it_does_not_say_is_the_default() -> None:
    assert parsed("") == Features()
    assert Features().of(SpreadSettings) == SpreadSettings()


def test_each_module_has_its_own_part() -> None:
    features = parsed("volume_anomaly: {window_seconds: 5, z_score: {medium: 4, high: 6}}\nusd_rates: {EUR: 1.25}")

    assert features.of(VolumeSettings) == VolumeSettings(window_seconds=5, z_score=Limits(medium=4, high=6))
    assert features.of(WhaleSettings) == WhaleSettings()
    assert (features.usd_rate("EUR"), features.usd_rate("USDT"), features.usd_rate("BTC")) == (Decimal("1.25"), 1, None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("volumes: {}", "volumes is no key of it"),
        ("volume_anomaly: {window: 5}", "window"),
        ("volume_anomaly: {window_seconds: soon}", "int"),
        ("volume_anomaly: {least_windows: 1}", "least_windows"),
        ("whale_detector: {thresholds_usd: {medium: 9, high: 5, critical: 10}}", "ascend"),
        (
            "whale_detector: {thresholds_usd: {medium: 1, high: 5, critical: .nan}}",
            "ascend: medium 1, high 5, critical NaN",
        ),
        ("volume_anomaly: {z_score: {medium: 4, high: .inf}}", "ascend"),
        ("spread_calculator: {patience_seconds: .nan}", "patience_seconds"),
        ("whale_detector: {hold_seconds: -1}", "hold_seconds"),
        ("watermark: {lateness: 3}", "lateness"),
        ("watermark: {lateness_seconds: .nan}", "lateness_seconds is nan"),
        ("watermark: {lateness_seconds: -1}", "lateness_seconds is -1"),
        ("watermark: {idle_seconds: 0}", "idle_seconds is 0"),
        ("watermark: {idle_seconds: .inf}", "idle_seconds is inf"),
        ("usd_rates: {EUR: 0}", "usd_rates: EUR is 0"),
        ("usd_rates: {EUR: .nan}", "usd_rates|decimal|finite"),
        ("- a list", "dict|object"),
        ("a: [", "YAML|yaml|flow"),
    ],
)
def test_a_mistake_is_named(text: str, says: str) -> None:
    with pytest.raises(FeaturesError, match=says):
        parsed(text)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeaturesError, match=r"nowhere\.yaml: No such file"):
        load(tmp_path / "nowhere.yaml", ModuleRegistry.load().modules)


def test_the_hash_changes_with_any_value() -> None:
    texts = ["", "usd_rates: {EUR: 1.1}", "whale_detector: {hold_seconds: 3}", "spread_calculator: {enabled: false}"]

    assert len({parsed(text).config_hash for text in texts}) == len(texts)


def test_the_tier_says_which_modules_there_are_and_the_features_switch_off() -> None:
    features = parsed("whale_detector: {enabled: false}")

    assert [one.module.name for one in ModuleRegistry.load().enabled(Features(), SMALL)] == list(SMALL)
    assert [one.module.name for one in ModuleRegistry.load().enabled(features, SMALL)] == [
        "volume-anomaly",
        "spread-calculator",
    ]


def test_a_name_that_is_no_module_is_refused() -> None:
    with pytest.raises(FeaturesError, match="whales is no module; there are volume-anomaly"):
        ModuleRegistry.load().enabled(Features(), ["whales"])


class FakeDependent(BaseDetector):
    """A detector that needs MOD-002."""

    module = msgspec.structs.replace(
        VolumeDetector.module, module_id="MOD-999", name="dependent", dependencies=("MOD-002",)
    )

    def __init__(self, features: Features, provenance: Provenance) -> None:
        """Holds nothing."""

    def inspect(self, shown: DetectorInput, now: int) -> list[Finding]:  # noqa: ARG002  (it finds nothing)
        return []

    def state(self) -> bytes:
        return b"{}"

    def restore(self, state: bytes) -> None:
        """Nothing to go on from."""


def test_a_module_whose_dependency_is_not_active_is_refused_with_both_names() -> None:
    there = (WhaleDetector, FakeDependent)
    assert len(ModuleRegistry(there).enabled(Features(), ["dependent", "whale-detector"])) == 2
    with pytest.raises(FeaturesError, match="MOD-999 dependent needs MOD-002"):
        ModuleRegistry(there).enabled(Features(), ["dependent"])


def test_what_the_detectors_want_is_the_least_floor_and_a_bar_that_divides_every_window() -> None:
    features = Features(
        modules={
            "volume_anomaly": VolumeSettings(window_seconds=60),
            "spread_calculator": SpreadSettings(window_seconds=45),
            "whale_detector": WhaleSettings(
                symbols={"BTC-USDT": Thresholds(medium=Decimal(5), high=Decimal(6), critical=Decimal(7))}
            ),
        }
    )

    wanted = registry.wanted(ModuleRegistry.load().enabled(features, SMALL), features)

    assert (wanted.floor, wanted.bar) == (Decimal(5), 15_000_000)
    assert registry.wanted([], features).bar is None
    assert registry.wanted([], features).floor is None


def test_what_overrides_the_tier_switches_single_modules_on_and_off() -> None:
    features = parsed("module_overrides: {volume-anomaly: false, spread-calculator: true}")

    assert [
        one.module.name for one in ModuleRegistry.load().enabled(features, ["volume-anomaly", "whale-detector"])
    ] == [
        "whale-detector",
        "spread-calculator",
    ]
    with pytest.raises(FeaturesError, match="whales is no module"):
        ModuleRegistry.load().enabled(parsed("module_overrides: {whales: true}"), [])


def test_features_without_overrides_have_the_hash_that_they_had_before_there_were_any() -> None:
    assert parsed("module_overrides: {}").config_hash == parsed("").config_hash == "bb348a61c4e8"
