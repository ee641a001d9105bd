"""What the locks are resolved from is true."""

import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).parents[2]
SAID = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["uv"]["dependency-metadata"]


@pytest.mark.parametrize("said", SAID, ids=lambda said: said["name"])
def test_a_package_needs_what_is_said_of_it(said: dict[str, str]) -> None:
    installed = distribution(said["name"])
    needed = {Requirement(line) for line in installed.requires or []}
    assert said["version"] == installed.version
    assert {Requirement(line) for line in said["requires-dist"]} == {one for one in needed if one.marker is None}
