"""What the locks are resolved from is true, and what our packages ask of each other: they are installed here whatever they ask."""

import tomllib
from importlib.metadata import distribution
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).parents[2]
PROJECTS: dict[str, Any] = {
    (project := tomllib.loads(path.read_text())["project"])["name"]: project
    for folder in ("libs/*", "services/*", "tools/*", "tools/*/*")
    for path in REPOSITORY.glob(f"{folder}/pyproject.toml")
}
SAID = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["uv"]["dependency-metadata"]


@pytest.mark.parametrize("said", SAID, ids=lambda said: said["name"])
def test_a_package_needs_what_is_said_of_it(said: dict[str, str]) -> None:
    installed = distribution(said["name"])
    needed = {Requirement(line) for line in installed.requires or []}
    assert said["version"] == installed.version
    assert {Requirement(line) for line in said["requires-dist"]} == {one for one in needed if one.marker is None}


@pytest.mark.parametrize("name", PROJECTS)
def test_a_package_asks_for_the_versions_that_are_here(name: str) -> None:
    project = PROJECTS[name]
    extras = project.get("optional-dependencies", {}).values()
    asked = [*project["dependencies"], *chain.from_iterable(extras)]
    ours = [one for one in map(Requirement, asked) if one.name.startswith("coattail-")]
    wrong = [f"{one}, and it is {PROJECTS[one.name]['version']}" for one in ours if not _has(one)]
    assert wrong == []


def _has(asked: Requirement) -> bool:
    return asked.specifier.contains(PROJECTS[asked.name]["version"])
