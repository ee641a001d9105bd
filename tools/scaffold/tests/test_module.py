"""A made-up module: its folder, which the registry finds and whose own tests pass."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from coattail_scaffold import module
from coattail_scaffold.module import main
from coattail_scaffold.rendering import write

ROOT: Final = Path(__file__).parents[3]
MODULES: Final = "libs/detectors/src/coattail_detectors/modules"
LOOK: Final = """
from coattail_detectors import ModuleRegistry
from coattail_detectors.kernel.features import Features
registry = ModuleRegistry.load()
print(*(one.name for one in registry.modules), *(one.module.name for one in registry.enabled(Features(), ["acme-monitor"])))
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The detectors, with the module made among them."""
    root = tmp_path_factory.mktemp("tree")
    shutil.copytree(ROOT / "libs/detectors/src", root / "libs/detectors/src")
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, root / name)
    (root / "tests").mkdir()
    shutil.copy(ROOT / "tests/left_over.py", root / "tests/left_over.py")
    assert main(["acme-monitor", "--id", "MOD-901", "--tier", "medium", "--root", str(root)]) == 0
    return root


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the tree, with its detectors."""
    environment = {**os.environ, "PYTHONPATH": f"{root}/libs/detectors/src{os.pathsep}{root}"}
    return subprocess.run(
        [sys.executable, *words], cwd=root, env=environment, capture_output=True, text=True, check=False
    )


def test_module_is_one_folder_and_a_payload() -> None:
    paths = [str(file.path) for file in module.files(ROOT, "acme-monitor", "small", "Windows")]

    assert [path for path in paths if not path.startswith(f"{MODULES}/acme_monitor/")] == [
        "tests/contract/golden/details/acme_monitor/v1/a_window.json"
    ]
    assert len(paths) == 8


def test_module_is_found_and_runs(tree: Path) -> None:
    ended = run(tree, "-c", LOOK)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == [
        "volume-anomaly",
        "whale-detector",
        "spread-calculator",
        "acme-monitor",
        "acme-monitor",
    ]


def test_module_passes_its_own_tests(tree: Path) -> None:
    ended = run(tree, "-m", "pytest", f"{MODULES}/acme_monitor", "-q")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "6 passed" in ended.stdout


def test_module_s_payload_is_of_its_contract(tree: Path) -> None:
    decode = (
        "import msgspec, sys; from coattail_detectors.modules.acme_monitor.alerts import AcmeMonitorDetails; "
        "print(msgspec.json.decode(open(sys.argv[1]).read(), type=AcmeMonitorDetails).trades)"
    )

    assert run(tree, "-c", decode, "tests/contract/golden/details/acme_monitor/v1/a_window.json").stdout == "12000\n"


@pytest.mark.parametrize("name", ["a", "a-name-of-a-long-module1"])
def test_module_passes_the_linter_whatever_its_name(name: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "libs/detectors/src", tmp_path / "libs/detectors/src")
    for one in ("common", "testing"):  # the linter asks which packages are ours
        (tmp_path / "libs" / one).symlink_to(ROOT / "libs" / one)
    write(module.files(ROOT, name, "small", "Windows"), tmp_path)
    for command in (["check"], ["format", "--check"]):
        ended = run(tmp_path, "-m", "ruff", *command, "--config", str(ROOT / "pyproject.toml"), MODULES)
        assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["Whale"], "'Whale' is no name of a module"),
        (["whale-detector"], "nothing was written"),
        (["acme", "--id", "MOD-002"], "MOD-002 is another module's; there are MOD-001, MOD-002, MOD-003"),
    ],
)
def test_module_is_refused(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert says in capsys.readouterr().err


def test_module_has_the_id_after_the_highest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["acme", "--dry-run", "--json"]) == 0

    (path,) = [path for path in json.loads(capsys.readouterr().out)["files"] if path.endswith("acme/module.py")]
    (made,) = [file for file in module.files(ROOT, "acme", "small", "") if str(file.path) == path]
    assert 'module_id="MOD-004"' in made.text
