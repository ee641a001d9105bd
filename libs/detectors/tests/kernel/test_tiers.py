"""The tier files: what a tier takes from the one that it extends, and every mistake named."""

from pathlib import Path

import pytest

from coattail_detectors import ModuleRegistry
from coattail_detectors.kernel import tiers
from coattail_detectors.kernel.errors import FeaturesError
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.tiers import Tier
from coattail_detectors.kernel.workers import Worker, Workers

TIERS = Path(__file__).parents[4] / "config" / "tiers"
WORKERS = """
workers:
  driver: {vcpu: 2, heap_gb: 5, overhead_gb: 2}
  executor: {vcpu: 2, heap_gb: 5, overhead_gb: 2}
  executors: 1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(
        tmp_path,
        small=f"modules: [a, b]\n{WORKERS}\nspark: {{spark.x: 1, spark.y: true}}",
        medium="extends: small\nmodules: [c, a]\nworkers: {executors: 2, driver: {overhead_gb: 3}}\nspark: {spark.x: 2, spark.z: 0.5}",
        large="extends: medium\nmodules: [d]\nworkers: {executors: 3}",
    )
    return tmp_path


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)


def test_tier_adds_modules_in_order(folder: Path) -> None:
    """Its modules come after those of the tier that it extends, each once."""
    names = {name: tiers.load(folder / f"{name}.yaml").modules for name in ("small", "medium", "large")}

    assert names == {"small": ("a", "b"), "medium": ("a", "b", "c"), "large": ("a", "b", "c", "d")}


def test_tier_overrides_value_by_value(folder: Path) -> None:
    """Of workers and Spark settings it says only what differs."""
    executor = Worker(vcpu=2, heap_gb=5, overhead_gb=2)
    driver = Worker(vcpu=2, heap_gb=5, overhead_gb=3)

    assert tiers.load(folder / "large.yaml") == Tier(
        modules=("a", "b", "c", "d"),
        workers=Workers(driver=driver, executor=executor, executors=3),
        spark={"spark.x": 2, "spark.y": True, "spark.z": 0.5},
    )


def test_tier_settings_are_text_for_spark(folder: Path) -> None:
    """Spark's settings and those of the workers go into one list."""
    confs = tiers.load(folder / "medium.yaml").confs()

    assert (confs["spark.x"], confs["spark.y"], confs["spark.z"]) == ("2", "true", "0.5")
    assert (confs["spark.executor.instances"], confs["spark.driver.memoryOverhead"]) == ("2", "3g")


@pytest.mark.parametrize("name", ["small", "medium", "large"])
def test_tier_that_is_shipped_is_the_same(folder: Path, name: str) -> None:
    """The application reads one file that extends nothing."""
    tier = tiers.load(folder / f"{name}.yaml")
    (folder / "elsewhere").mkdir()
    shipped = folder / "elsewhere" / "tier.yaml"
    shipped.write_bytes(tier.encode())

    assert b"extends" not in shipped.read_bytes()
    assert tiers.load(shipped) == tier


def test_tier_needs_no_workers_where_others_decide(folder: Path) -> None:
    """A replay or a benchmark lists modules alone; what is submitted names its workers."""
    write(folder, plain="modules: []")
    tier = tiers.load(folder / "plain.yaml")

    assert tier == Tier(modules=())
    with pytest.raises(FeaturesError, match="the tier has no workers: say how large"):
        tier.confs()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("module: [x]", r"tier\.yaml: .*unknown field `module`"),
        ("extends: small\nmodules: x", r"tier\.yaml: .*array.*modules"),
        ("{}", r"tier\.yaml: .*missing required field `modules`"),
        ("- a list", r"tier\.yaml: .*object"),
        ("a: [", r"tier\.yaml: "),
        ("extends: ../small", r"tier\.yaml: .*extends"),
        ("extends: nothing", r"nothing\.yaml, which \S*tier\.yaml extends: No such file"),
        ("extends: tier", r"tier\.yaml, which extends \S*tier\.yaml: a circle"),
        ("extends: around", r"tier\.yaml, which extends \S*around\.yaml, which extends \S*tier\.yaml: a circle"),
        (
            "extends: small\nworkers: {executor: {vcpu: 3}}",
            r"tier\.yaml, which extends \S*small\.yaml: vcpu is 3.*workers\.executor",
        ),
        ("extends: small\nworkers: {number: 3}", r"unknown field `number`.*workers"),
        ("modules: []\nworkers: {executors: 1}", r"missing required field `driver`"),
        ("extends: small\nspark: {sparc.x: 1}", r"sparc\.x is no name of a Spark setting"),
        ("extends: small\nspark: {spark.x: a b}", r"spark\.x is 'a b'; a value has no blanks"),
        ("extends: small\nspark: {spark.x: ''}", r"spark\.x is ''"),
        ("extends: small\nspark: {spark.executor.instances: 9}", r"spark\.executor\.instances decides on the workers"),
    ],
)
def test_tier_mistake_is_named(folder: Path, text: str, says: str) -> None:
    """The error names the file, what is wrong in it, and what there is."""
    write(folder, tier=text, around="extends: tier")

    with pytest.raises(FeaturesError, match=says):
        tiers.load(folder / "tier.yaml")


def test_tier_file_that_is_missing_is_named(tmp_path: Path) -> None:
    """A tier of the parameter store without a file."""
    with pytest.raises(FeaturesError, match=r"gold\.yaml: No such file"):
        tiers.load(tmp_path / "gold.yaml")


@pytest.mark.parametrize("name", ["small", "medium", "large"])
def test_our_tiers_run(name: str) -> None:
    """Each of our tiers names modules that are built, and can be submitted."""
    tier = tiers.load(TIERS / f"{name}.yaml")

    assert [one.module.name for one in ModuleRegistry.load().enabled(Features(), tier.modules)] == list(tier.modules)
    assert "spark.sql.shuffle.partitions" in tier.confs()
