"""The modules of the package stand in a line: each knows only those before it."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import coattail_connector

SOURCES = Path(coattail_connector.__file__).parent


def name(path: Path) -> str:
    """Return the module of a file."""
    return ".".join(path.relative_to(SOURCES.parent).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path) -> set[str]:
    """Return what a module imports anywhere, under `TYPE_CHECKING` too: modules, and names that may be modules."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"{path} imports by a relative name"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_no_modules_import_each_other_in_a_circle() -> None:
    modules = {name(path): path for path in SOURCES.rglob("*.py")}
    TopologicalSorter({module: imported(path) & modules.keys() for module, path in modules.items()}).prepare()
