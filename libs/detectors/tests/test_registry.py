"""The registry: what is installed is found, in order; what cannot be used is refused with its name."""

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import msgspec
import pytest

from coattail_detectors import ModuleRegistry, discovery
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.errors import FeaturesError
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.module import Feed, Module
from coattail_detectors.kernel.provenance import Provenance
from coattail_detectors.kernel.tiers import Tier
from coattail_detectors.modules.volume_anomaly.detector import VolumeDetector
from coattail_detectors.modules.volume_anomaly.module import MODULE as VOLUME
from coattail_detectors.modules.whale_detector.detector import WhaleDetector

PROVENANCE = Provenance(config_hash="c0ffee", pipeline_version="0")


def module(module_id: str, *dependencies: str, **fields: object) -> Module:
    table = msgspec.structs.replace(VOLUME.table, name=f"rows_{module_id[4:]}")
    made = msgspec.structs.replace(
        VOLUME, module_id=module_id, name=f"module-{module_id[4:]}", table=table, dependencies=dependencies
    )
    return msgspec.structs.replace(made, **fields)


def detector(described: Module) -> type[BaseDetector]:
    """The class of a detector that finds nothing and remembers what it was shown."""

    class FakeDetector(BaseDetector):
        module = described

        def __init__(self, _features: Features, _provenance: Provenance) -> None:
            self.shown: list[DetectorInput] = []

        def inspect(self, shown: DetectorInput, now: int) -> list[Finding]:  # noqa: ARG002
            self.shown.append(shown)
            return []

        def state(self) -> bytes:
            return b"{}"

        def restore(self, state: bytes) -> None:
            """Nothing to go on from."""

    return FakeDetector


def test_ours_are_found_by_their_folders() -> None:
    assert [one.__name__ for one in ModuleRegistry.load().detectors] == [
        "VolumeDetector",
        "WhaleDetector",
        "SpreadDetector",
    ]


def test_of_a_tier_there_are_those_that_it_lists() -> None:
    tier = Tier(modules=("whale-detector",))

    assert [one.name for one in ModuleRegistry.load(tier).modules] == ["whale-detector"]
    with pytest.raises(FeaturesError, match="whales is no module; there are volume-anomaly, whale-detector, spread"):
        ModuleRegistry.load(Tier(modules=("whales",)))


@pytest.mark.parametrize("same", ["module_id", "name", "table"])
def test_what_belongs_to_two_modules_is_refused_with_both(same: str) -> None:
    other = detector(msgspec.structs.replace(module("MOD-901"), **{same: getattr(VOLUME, same)}))

    with pytest.raises(FeaturesError, match=r"belongs to two modules, .*VolumeDetector and .*FakeDetector: uninstall"):
        ModuleRegistry([VolumeDetector, other])


def test_the_same_class_twice_is_one_module() -> None:
    assert len(ModuleRegistry([VolumeDetector, VolumeDetector]).modules) == 1


def test_each_comes_after_those_that_it_depends_on() -> None:
    consensus, flow = module("MOD-001", "MOD-006", "MOD-002"), module("MOD-006", "MOD-002")
    registry = ModuleRegistry([detector(consensus), detector(flow), WhaleDetector])

    names = [one.name for one in registry.modules]
    assert [one.module.module_id for one in registry.enabled(Features(), names)] == ["MOD-002", "MOD-006", "MOD-001"]


def test_modules_that_depend_on_each_other_are_refused_with_their_names() -> None:
    registry = ModuleRegistry([detector(module("MOD-901", "MOD-902")), detector(module("MOD-902", "MOD-901"))])

    with pytest.raises(FeaturesError, match=r"MOD-90[12] needs MOD-90[12] needs MOD-90[12]: .* circle"):
        registry.enabled(Features(), ["module-901", "module-902"])


def test_a_module_that_is_shown_findings_says_whose() -> None:
    with pytest.raises(ValueError, match="MOD-901 module-901 is shown findings and depends on no module"):
        module("MOD-901", inputs=(Feed.FINDINGS,))


def test_findings_are_shown_to_modules_that_ask_for_them_alone() -> None:
    found = {"MOD-001": [Finding(None, None)], "MOD-002": [Finding(None, None)] * 2}
    asks, asks_not = module("MOD-901", "MOD-002", inputs=(Feed.FINDINGS,)), module("MOD-902", "MOD-002")

    assert len(DetectorInput().for_module(asks, found).findings) == 2
    assert DetectorInput().for_module(asks_not, found).findings == ()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package that can be imported, and nothing of it afterwards."""
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme"]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("files", "value", "says"),
    [
        ({}, "acme.nowhere", "No module named 'acme.nowhere'"),
        ({"here.py": "THING = 3"}, "acme.here:THING", "3 is neither a detector nor a package of modules"),
        ({"here.py": "THING = 3"}, "acme.here:OTHER", "has no attribute 'OTHER'"),
        ({"one/__init__.py": ""}, "acme", "No module named 'acme.one.detector'"),
        ({"one/__init__.py": "", "one/detector.py": ""}, "acme", "acme.one.detector defines 0 detectors, and a module"),
        (
            {"d.py": "from coattail_detectors.kernel.base import BaseDetector\nclass D(BaseDetector):\n    pass\n"},
            "acme.d:D",
            "D has no `module`",
        ),
    ],
)
def test_an_entry_point_that_cannot_be_used_is_refused_with_its_name(
    package: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], value: str, says: str
) -> None:
    for name, text in files.items():
        (package / name).parent.mkdir(exist_ok=True)
        (package / name).write_text(text)
    monkeypatch.setattr(discovery, "entry_points", lambda group: [EntryPoint(name="ours", value=value, group=group)])

    with pytest.raises(FeaturesError, match="the entry point ours = ") as refused:
        list(discovery.installed())
    assert says in str(refused.value)
