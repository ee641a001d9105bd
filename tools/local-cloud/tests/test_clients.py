"""Clients talk to the cloud that they are given, whatever the environment says."""

import pytest

from coattail_testing.imports import loaded
from local_cloud.clients import Clients
from local_cloud.health import PROBES

ENDPOINT = "http://127.0.0.1:45660"


@pytest.mark.parametrize("service", PROBES)
def test_client_of_each_service(service: str) -> None:
    """localstack-client refuses a service that its list lacks."""
    assert Clients(ENDPOINT).client(service).meta.endpoint_url == ENDPOINT


@pytest.mark.parametrize(
    "variables",
    [{"AWS_ENDPOINT_URL": "https://events.us-west-2.example"}, {"USE_SSL": "1"}, {"LOCALSTACK_HOST": "a:1"}],
)
def test_client_ignores_endpoints_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    """The library takes the variable: a plan would be deployed to what it names."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert Clients(ENDPOINT).client("s3").meta.endpoint_url == ENDPOINT


def test_client_has_our_region_limits_and_credentials() -> None:
    client = Clients(ENDPOINT, "eu-west-1").client("sqs")

    assert client.meta.region_name == "eu-west-1"
    assert client.meta.config.connect_timeout == 3
    assert client.meta.config.retries == {"total_max_attempts": 2, "mode": "standard"}
    assert client._get_credentials().access_key == "test"


def test_client_is_made_once() -> None:
    clients = Clients(ENDPOINT)

    assert clients.client("sqs") is clients.client("sqs")


@pytest.mark.parametrize("module", ["local_cloud.cli", "local_cloud.clients", "local_cloud.testing"])
def test_import_loads_no_client_library(module: str) -> None:
    """`--help` waits for no boto3."""
    found = loaded(f"import {module}")

    assert module in found
    assert not found & {"boto3", "localstack_client"}
