"""Our modules stand in a line, across packages too: each knows only those before it."""

import ast
from collections.abc import Collection, Iterable
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

FOLDERS = ("*/*/src", "tools/local-cloud/plugin/src")
AT_THE_ROOT = ("fuzz", "benchmarks", "infra/offline")


def modules(root: Path) -> dict[str, Path]:
    """Return the file of each of our modules, tests left out."""
    sources = [folder for pattern in FOLDERS for folder in root.glob(pattern)]
    files = [(source, path) for source in sources for path in source.rglob("*.py")]
    files += [(root, path) for folder in AT_THE_ROOT for path in (root / folder).rglob("*.py")]
    return {name(path, source): path for source, path in files if "tests" not in path.relative_to(source).parts}


def name(path: Path, source: Path) -> str:
    """Return the module of a file."""
    return ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")


def imported(module: str, path: Path, ours: Collection[str]) -> set[str]:
    """Return which of our modules one imports anywhere, under `TYPE_CHECKING` too."""
    package = module.split(".") if path.stem == "__init__" else module.split(".")[:-1]
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            # Of `from package import module` the module is meant: the package is there in any case.
            below = [f"{origin}.{alias.name}" for alias in node.names]
            names |= {one if one in ours else origin for one in below}
    return names & set(ours) - {module}


def circle(files: dict[str, Path]) -> list[str]:
    """Return the modules of a circle, the first of them at the end again; none where there is no circle."""
    try:
        TopologicalSorter({one: imported(one, path, files) for one, path in files.items()}).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def write(folder: Path, sources: Iterable[tuple[str, str]]) -> dict[str, Path]:
    files = {}
    for module, text in sources:
        path = folder / f"{module.replace('.', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        files[name(path, folder)] = path
    return files


def test_no_modules_import_each_other_in_a_circle(root: Path) -> None:
    files = modules(root)

    assert {"coattail_common.contracts", "exchange_simulator.model", "localstack_host_plugin", "fuzz.targets"} <= set(
        files
    )
    assert circle(files) == []


@pytest.mark.parametrize(
    "back",
    [
        "import acme.one",
        "from acme.one import THING",
        "from acme import one",
        "from .one import THING",
        "from . import one",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from acme.one import THING",
        "def later() -> None:\n    import acme.one",
    ],
)
def test_a_circle_is_found_however_it_is_written(tmp_path: Path, back: str) -> None:
    files = write(tmp_path, [("acme.__init__", ""), ("acme.one", "from acme.two import OTHER"), ("acme.two", back)])

    assert set(circle(files)) == {"acme.one", "acme.two"}


def test_a_package_may_import_what_is_in_it(tmp_path: Path) -> None:
    files = write(tmp_path, [("acme.__init__", "from . import one\nfrom acme.one import THING"), ("acme.one", "")])

    assert circle(files) == []
