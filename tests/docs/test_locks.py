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


def test_the_lock_names_none_of_our_packages() -> None:
    """`./task setup` installs them from their folders; a path in the lock would be one of the machine that wrote it."""
    lines = (REPOSITORY / "requirements.lock").read_text().splitlines()

    assert [line for line in lines if line.startswith(("-e", ".", "/", "coattail-")) or " @ " in line] == []


def test_the_command_of_the_lock_leaves_out_ours() -> None:
    """Where one of our packages asks for another, the lock would hold the path of the other."""
    command = (REPOSITORY / "Taskfile.yml").read_text().partition("  COMPILE: ")[2].partition("\n")[0]
    left_out = {after.split()[0] for after in command.split("--no-emit-package ")[1:]}
    asked = {
        Requirement(line).name
        for project in PROJECTS.values()
        for line in chain(project["dependencies"], *project.get("optional-dependencies", {}).values())
    }

    assert (asked & PROJECTS.keys()) - left_out == set()


def _has(asked: Requirement) -> bool:
    return asked.specifier.contains(PROJECTS[asked.name]["version"])
