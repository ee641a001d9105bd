"""Every command that a document names is there."""

import importlib.util
import re
import sys
from pathlib import Path
from typing import Any, Final

_TASK: Final = re.compile(r"\./task ([a-z][a-z:]*)")
_MODULE: Final = re.compile(r"python3? -m ([a-z_][\w.]*)")


def _is_runnable(module: str, root: Path) -> bool:
    if module in sys.stdlib_module_names:
        return True
    in_root = root.joinpath(*module.split("."))
    if in_root.with_suffix(".py").exists() or (in_root / "__main__.py").exists():
        return True
    spec = importlib.util.find_spec(module)
    if spec is None:
        return False
    return spec.submodule_search_locations is None or importlib.util.find_spec(f"{module}.__main__") is not None


def test_every_task_that_is_named_exists(documents: list[Any], tasks: frozenset[str]) -> None:
    named = {(one.name, task.rstrip(":")) for one in documents for task in _TASK.findall(one.text)}

    assert named
    assert {(name, task) for name, task in named if task not in tasks} == set()


def test_every_module_that_is_named_can_be_run(documents: list[Any], root: Path) -> None:
    named = {(one.name, module.rstrip(".")) for one in documents for module in _MODULE.findall(one.text)}

    assert named
    assert {(name, module) for name, module in named if not _is_runnable(module, root)} == set()


def test_the_readme_has_the_two_commands_and_can_be_read_at_once(root: Path) -> None:
    readme = (root / "README.md").read_text()

    assert re.search(r"^\./task demo +#", readme, re.MULTILINE)
    assert re.search(r"^\./task test +#", readme, re.MULTILINE)
    assert len(readme.splitlines()) <= 120


def test_the_readme_names_every_package(root: Path, project_files: list[Path]) -> None:
    readme = (root / "README.md").read_text()
    packages = {str(path.parent.relative_to(root)) for path in project_files if path.name == "pyproject.toml"}
    # The connectors are one row: who adds an exchange need not edit the README.
    on_their_own = {one for one in packages if one.count("/") == 1 and not one.startswith("services/ingest-")}

    assert on_their_own
    assert {one for one in on_their_own if f"]({one}/README.md)" not in readme} == set()


def test_every_option_of_the_demo_that_is_named_exists(documents: list[Any], root: Path) -> None:
    options = (root / "tools/demo/src/coattail_demo/options.py").read_text()
    known = set(re.findall(r"^    ([a-z_]+): ", options, re.MULTILINE)) | {"help"}
    named = {
        (one.name, flag)
        for one in documents
        for line in re.findall(r"\./task demo -- ([^`\n]*)", one.text)
        for flag in re.findall(r"--([a-z-]+)", line.partition("#")[0])
    }

    assert named
    assert {(name, flag) for name, flag in named if flag.replace("-", "_") not in known} == set()
