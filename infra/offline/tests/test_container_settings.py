"""What the task definitions set is what the services read: an unknown variable would end a service at its start."""

import json

import pytest
from infra.offline import layout

from coattail_common.settings import ServiceSettings, unknown_variables
from ingest_binance.settings import Settings as BinanceSettings
from ingest_coinbase.settings import Settings as CoinbaseSettings
from ingest_kraken.settings import Settings as KrakenSettings
from kinesis_writer.settings import Settings as WriterSettings

SETTINGS = {
    "ingest-binance": BinanceSettings,
    "ingest-coinbase": CoinbaseSettings,
    "ingest-kraken": KrakenSettings,
    "kinesis-writer": WriterSettings,
}


def container_variables(stack: str) -> dict[str, str]:
    """The environment of a stack's container; a secret stands as its parameter's ARN."""
    document = json.loads((layout.RENDERED / "local" / f"{stack}.json").read_text())
    for resource in document["resources"]:
        if resource["type"] == "aws_ecs_task_definition":
            container = json.loads(resource["values"]["container_definitions"])[0]
            plain = {variable["name"]: variable["value"] for variable in container["environment"]}
            return plain | {secret["name"]: secret["valueFrom"] for secret in container["secrets"]}
    raise AssertionError(f"{stack} has no task definition")


@pytest.mark.parametrize(("stack", "settings"), SETTINGS.items())
def test_the_service_knows_every_variable(stack: str, settings: type[ServiceSettings]) -> None:
    assert unknown_variables(settings, container_variables(stack)) == []


@pytest.mark.parametrize(("stack", "settings"), SETTINGS.items())
def test_the_service_accepts_every_value(stack: str, settings: type[ServiceSettings]) -> None:
    prefix = str(settings.model_config.get("env_prefix", ""))
    values = {name.removeprefix(prefix).lower(): value for name, value in container_variables(stack).items()}

    read = settings.model_validate(values)

    assert read.model_dump()["drain_seconds"] == 110
