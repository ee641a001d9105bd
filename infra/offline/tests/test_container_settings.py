"""What the task definitions set is what the services read: an unknown variable would end a service at its start."""

import json
import tomllib
from typing import Any

import pytest
from infra.offline import layout

from coattail_common import venues
from coattail_runtime.settings import ServiceSettings, unknown_variables
from kinesis_writer.settings import Settings as WriterSettings

SETTINGS = {
    **{
        venue.service: venues.code(venue.settings)
        for venue in venues.installed()
        if venue.service in layout.deployed("local")
    },
    "kinesis-writer": WriterSettings,
}


def container(stack: str) -> dict[str, Any]:
    """The definition of a stack's container."""
    document = json.loads((layout.RENDERED / "local" / f"{stack}.json").read_text())
    for resource in document["resources"]:
        if resource["type"] == "aws_ecs_task_definition":
            (only,) = json.loads(resource["values"]["container_definitions"])
            return dict(only)
    raise AssertionError(f"{stack} has no task definition")


def container_variables(stack: str) -> dict[str, str]:
    """The environment of a stack's container; a secret stands as its parameter's ARN."""
    defined = container(stack)
    plain = {variable["name"]: variable["value"] for variable in defined["environment"]}
    return plain | {secret["name"]: secret["valueFrom"] for secret in defined["secrets"]}


@pytest.mark.parametrize(("stack", "settings"), SETTINGS.items())
def test_the_service_knows_every_variable(stack: str, settings: type[ServiceSettings]) -> None:
    assert unknown_variables(settings, container_variables(stack)) == []


@pytest.mark.parametrize(("stack", "settings"), SETTINGS.items())
def test_the_service_accepts_every_value(stack: str, settings: type[ServiceSettings]) -> None:
    prefix = str(settings.model_config.get("env_prefix", ""))
    values = {name.removeprefix(prefix).lower(): value for name, value in container_variables(stack).items()}

    settings.model_validate(values)


@pytest.mark.parametrize("stack", SETTINGS)
def test_a_service_ends_before_it_is_killed(stack: str) -> None:
    """A connector writes cursors and events for ten seconds after it has drained, the writer to its spool for five; then both
    close their connections.
    """
    variables = container_variables(stack)
    (drain,) = (float(value) for name, value in variables.items() if name.endswith("_DRAIN_SECONDS"))

    assert drain + 10 + 5 < container(stack)["stopTimeout"]


@pytest.mark.parametrize("stack", SETTINGS)
def test_the_version_that_runs_is_the_one_that_is_here(stack: str) -> None:
    package = tomllib.loads((layout.ROOT / "services" / stack / "pyproject.toml").read_text())["project"]

    assert container(stack)["image"].rpartition(":")[2] == package["version"]
