"""What the Lambdas' stacks set is what the services read, and the handlers they name are there."""

import importlib.util
import json
import tomllib
from typing import Any

import pytest
from infra.offline import layout

from catalog_lambda import invocation
from catalog_lambda.settings import Settings as CatalogSettings
from coattail_runtime.settings import ServiceSettings, unknown_variables
from dq_lambda.settings import Settings as QualitySettings

SETTINGS = {"catalog-lambda": CatalogSettings, "dq-lambda": QualitySettings}


def function_of(stack: str) -> dict[str, Any]:
    document = json.loads((layout.RENDERED / "local" / f"{stack}.json").read_text())
    function: dict[str, Any]
    [function] = (each["values"] for each in document["resources"] if each["type"] == "aws_lambda_function")
    return function


@pytest.mark.parametrize(("stack", "settings"), SETTINGS.items())
def test_the_service_knows_and_accepts_every_variable(stack: str, settings: type[ServiceSettings]) -> None:
    variables: dict[str, str] = function_of(stack)["environment"][0]["variables"]
    prefix = str(settings.model_config.get("env_prefix", ""))
    own = {name: value for name, value in variables.items() if name.startswith(prefix)}

    assert unknown_variables(settings, own) == []
    assert settings.model_validate({name.removeprefix(prefix).lower(): value for name, value in own.items()})
    assert {name for name in variables.keys() - own.keys() if not name.startswith("POWERTOOLS_")} == set()


@pytest.mark.parametrize("stack", SETTINGS)
def test_the_version_that_runs_is_the_one_that_is_here(stack: str) -> None:
    package = tomllib.loads((layout.ROOT / "services" / stack / "pyproject.toml").read_text())["project"]

    assert function_of(stack)["s3_key"] == f"{stack}/{package['version']}.zip"


@pytest.mark.parametrize("stack", SETTINGS)
def test_the_handler_is_there(stack: str) -> None:
    module, _, function = function_of(stack)["handler"].rpartition(".")
    found = importlib.util.find_spec(module)

    assert found
    assert found.origin
    with open(found.origin) as source:  # noqa: PTH123 - a specification names its file as a text
        assert f"def {function}(" in source.read()


def test_the_catalog_knows_its_schedule() -> None:
    """Scheduler sends the input as it stands, which the function reads as it reads a scheduled rule's event."""
    document = json.loads((layout.RENDERED / "local" / "catalog-lambda.json").read_text())
    [schedule] = (each["values"] for each in document["resources"] if each["type"] == "aws_scheduler_schedule")
    [target] = schedule["target"]

    assert target["arn"] == function_of("catalog-lambda")["arn"]
    assert invocation.read(json.loads(target["input"])) == invocation.Invocation("Scheduled Event")
