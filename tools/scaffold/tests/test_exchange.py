"""A made-up exchange: few files, which pass the suite of all connectors and are found by every tool."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest

from coattail_scaffold import exchange
from coattail_scaffold.errors import ScaffoldError
from coattail_scaffold.exchange import main
from coattail_scaffold.rendering import File, write

ROOT: Final = Path(__file__).parents[3]
COPIED: Final = (
    ".github/workflows/ingest-kraken.yml",
    "conftest.py",
    "fuzz",
    "infra/shared",
    "infra/stacks/ingest-kraken",
    "pyproject.toml",
    "tests/left_over.py",
    "services/ingest-binance/src",
    "services/ingest-coinbase/src",
    "services/ingest-kraken",
    "tools/exchange-simulator/src",
)
"""What the command reads, and what its exchange runs with."""
MOST_FILES: Final = 15
NAME: Final = "acme"
LOOK: Final = """
from coattail_common import venues
from coattail_chaos.exchange import EXCHANGES, MARKETS
from coattail_demo.services import live_symbols
from coattail_replay.formats import Format
from exchange_simulator.model import Venue
from fuzz.targets import TARGETS

venue = venues.find("acme")
for place in (venue.settings, venue.markets_by_name, venue.backfill, *(feed.normalise for feed in venue.feeds)):
    venues.code(place)
assert "acme" in EXCHANGES
assert {plan.symbol for plan in MARKETS if plan.exchange == "acme"} == {"BTC-USD", "ETH-USD"}
assert live_symbols()["acme"] == venue.symbols
assert Format("acme-frames").feed == venue.feeds[0]
assert Venue("acme") in Venue
assert {"acme", "acme-rest"} <= {target.name for target in TARGETS}
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The needed part of the repository, with the exchange made in it."""
    root = tmp_path_factory.mktemp("tree")
    leave = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for path in COPIED:
        source, target = ROOT / path, root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=leave, symlinks=True)
        else:
            shutil.copy(source, target)
    (root / "libs").symlink_to(ROOT / "libs")  # the linter asks which packages are ours
    assert main([NAME, "--title", "Acme", "--root", str(root)]) == 0
    _install(root)
    return root


def _install(root: Path) -> None:
    """Do what `./task setup` does with the package, as far as its entry points go."""
    project = tomllib.loads((root / f"services/ingest-{NAME}/pyproject.toml").read_text())["project"]
    info = root / f"services/ingest-{NAME}/src/{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    lines = [
        line
        for group, entries in project["entry-points"].items()
        for line in (f"[{group}]", *(f"{name} = {place}" for name, place in entries.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the tree, with its simulator and its new package."""
    sources = (root / "tools/exchange-simulator/src", root / f"services/ingest-{NAME}/src", root)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, sources)), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *words], cwd=root, env=environment, capture_output=True, text=True, check=False
    )


def test_exchange_writes_few_files() -> None:
    made = exchange.files(ROOT, NAME, "Acme")

    assert len([one for one in made if isinstance(one, File)]) <= MOST_FILES
    assert [file.path for file in made if (ROOT / file.path).exists()] == []


def test_exchange_says_the_neighbour_s_name_nowhere() -> None:
    """But in a comment that names an example."""
    made = exchange.files(ROOT, NAME, "Acme")

    texts = {one.path: one.text if isinstance(one, File) else str(one.target) for one in made}
    assert [str(path) for path, text in texts.items() if "kraken" in text or "KRAKEN" in text] == []


def test_exchange_links_its_stack_to_what_all_share(tree: Path) -> None:
    stack = tree / f"infra/stacks/ingest-{NAME}"

    for name in ("versions.tf", "connector.tf"):
        assert (stack / name).readlink() == Path("../../shared") / name
        assert (stack / name).samefile(tree / "infra/shared" / name)


def test_exchange_is_not_written_over_a_link(tmp_path: Path) -> None:
    """Also where the link leads nowhere: what is written through it would land elsewhere."""
    (tmp_path / "here").symlink_to("elsewhere")

    with pytest.raises(ScaffoldError, match="here exists"):
        write([File(Path("here"), "text")], tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def test_exchange_passes_the_suite(tree: Path) -> None:
    ended = run(tree, "-m", "pytest", f"services/ingest-{NAME}", "-v")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    for kind in ("conformance", "frames", "answers", "session", "service"):
        assert f"::test_{kind}[" in ended.stdout


def test_exchange_is_found_by_every_tool(tree: Path) -> None:
    ended = run(tree, "-c", LOOK)

    assert ended.returncode == 0, ended.stderr


def test_exchange_passes_the_linter(tree: Path) -> None:
    for command in (("check",), ("format", "--check")):
        ended = run(tree, "-m", "ruff", *command, f"services/ingest-{NAME}", "tools/exchange-simulator/src")
        assert ended.returncode == 0, ended.stdout


def test_exchange_is_formatted_whatever_its_name(tmp_path: Path) -> None:
    made = exchange.files(ROOT, "averylongnameofanexchange", "Long")
    write([one for one in made if one.path.suffix == ".py"], tmp_path)
    ended = run(tmp_path, "-m", "ruff", "format", "--check", "--config", str(ROOT / "pyproject.toml"), ".")

    assert ended.returncode == 0, ended.stdout


def test_exchange_is_not_made_twice(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(tree.rglob("*"))

    assert main([NAME, "--root", str(tree)]) == 2
    assert "nothing was written" in capsys.readouterr().err
    assert sorted(tree.rglob("*")) == before


def test_exchange_dry_run_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mtgox", "--dry-run", "--json"]) == 0

    listed = json.loads(capsys.readouterr().out)["files"]
    assert "services/ingest-mtgox/src/ingest_mtgox/venue.py" in listed
    assert not (ROOT / "services/ingest-mtgox").exists()


def test_exchange_refuses_titles_that_break_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([NAME, "--title", 'A"B', "--dry-run"]) == 2
    assert "--title 'A\"B'" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["Acme", "acme-1", "a.b", ""])
def test_exchange_refuses_other_names(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name]) == 2
    assert "write it in small letters" in capsys.readouterr().err
