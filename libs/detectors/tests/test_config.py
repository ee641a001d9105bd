"""How the modules run, read from files."""

from pathlib import Path

import pytest

from coattail_detectors.config import ConfigFiles
from coattail_detectors.kernel.errors import FeaturesError
from coattail_detectors.modules.whale_detector.module import WhaleSettings


def files(folder: Path, features: str, tier: str) -> ConfigFiles:
    (folder / "features.yaml").write_text(features)
    (folder / "tier.yaml").write_text(tier)
    return ConfigFiles(folder / "features.yaml", folder / "tier.yaml")


def test_features_and_tier_say_which_detectors_run(tmp_path: Path) -> None:
    config = files(tmp_path, "whale_detector: {hold_seconds: 3}", "modules: [whale-detector]").load()

    assert config.features.of(WhaleSettings).hold_seconds == 3
    assert [one.module.name for one in config.detectors()] == ["whale-detector"]
    assert config.detectors()[0] is not config.detectors()[0]


@pytest.mark.parametrize(
    ("features", "tier", "says"),
    [
        ("whales: {}", "modules: [whale-detector]", "features.yaml: whales is no key of it"),
        ("{}", "modules: whale-detector", "tier.yaml: "),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, features: str, tier: str, says: str) -> None:
    with pytest.raises(FeaturesError, match=says):
        files(tmp_path, features, tier).load()


def test_a_tier_with_an_unknown_module_is_refused_when_detectors_are_made(tmp_path: Path) -> None:
    config = files(tmp_path, "{}", "modules: [whales]").load()

    with pytest.raises(FeaturesError, match="whales is no module"):
        config.detectors()
