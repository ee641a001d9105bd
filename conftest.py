"""What tests of several packages share: how hypothesis tries things, and the recordings where they are at hand."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from local_cloud.kafka.broker import Broker

pytest_plugins = ["tests.left_over"]

# How long an example takes says nothing on a machine that is busy, and fails no test.
_UNHURRIED: Final = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The same examples each time: a change is red by what it changes. `./task test:seeds` and `test:nightly` try others.
settings.register_profile("same", parent=_UNHURRIED, derandomize=True, database=None)
# Said aloud: where CI is set, hypothesis derandomises by default, and would not obey the seed.
settings.register_profile("seeds", parent=_UNHURRIED, derandomize=False, database=None, print_blob=True)
settings.register_profile("nightly", parent=settings.get_profile("seeds"), max_examples=1000)
settings.load_profile("same")


def pytest_configure(config: pytest.Config) -> None:
    """Obey `--hypothesis-seed`, which would say nothing to examples that are the same each time."""
    if config.getoption("--hypothesis-seed") is not None:
        settings.load_profile("seeds")


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recordings beside the repository, or the one `COATTAIL_SHARED` names."""
    folder = Path(os.environ.get("COATTAIL_SHARED", Path(__file__).resolve().parents[1] / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip(f"no recordings at {folder}; set COATTAIL_SHARED to the folder that holds data/")
    return folder


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Broker]":
    """A broker of Kafka for all tests of the run. A test has topics of its own, and starts the broker again when it has ended it."""
    from local_cloud.kafka.broker import running_broker  # noqa: PLC0415  (its client is not wanted by other runs)

    with running_broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
def outside_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another package's module, `busy-market`, installed where processes that the test starts find it. The folder of the package."""
    folder, package = tmp_path / "installed", Path(__file__).parent / "tests/integration/outside"
    uv = shutil.which("uv", path=f"{Path(__file__).parent}/.tools/bin{os.pathsep}{os.environ['PATH']}") or "uv"
    subprocess.run([uv, "pip", "install", "--quiet", "--no-deps", "--target", folder, package], check=True)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder
