"""Whether LocalStack answers, and whether each service does."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec

from .clients import Clients
from .errors import CloudError

# One cheap call for each service: LocalStack loads a service only when it is called, and this is when it should do so.
PROBES = {
    "kinesis": "list_streams",
    "s3": "list_buckets",
    "ssm": "describe_parameters",
    "iam": "list_roles",
    "sts": "get_caller_identity",
    "sqs": "list_queues",
    "events": "list_event_buses",
    "scheduler": "list_schedule_groups",
    "cloudwatch": "describe_alarms",
    "logs": "describe_log_groups",
    "lambda": "list_functions",
    "glue": "get_databases",
    "emr-serverless": "list_applications",
    "lakeformation": "list_resources",
    "ecs": "list_clusters",
}


class Health(msgspec.Struct, frozen=True):
    """LocalStack's own account: its version, and the state of each service that is switched on."""

    version: str
    services: dict[str, str]


def fetch_health(endpoint: str, timeout: float = 2.0) -> Health | None:
    """None when nothing answers, or something that is not LocalStack."""
    try:
        # S310: the endpoint is always http on this machine.
        with urllib.request.urlopen(f"{endpoint}/_localstack/health", timeout=timeout) as response:  # noqa: S310
            answer = json.load(response)
        services = {name: state for name, state in answer["services"].items() if state != "disabled"}
        return Health(answer["version"], services)
    except (urllib.error.URLError, OSError, ValueError, KeyError, AttributeError):
        return None


def wait_until_healthy(endpoint: str, still_alive: Callable[[], bool], timeout: float) -> Health:
    """Waits for the health page. Raises `TimeoutError`, or `ChildProcessError` when LocalStack has ended."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if health := fetch_health(endpoint):
            return health
        if not still_alive():
            raise ChildProcessError("LocalStack ended")
        time.sleep(0.1)
    raise TimeoutError(f"nothing answered at {endpoint}/_localstack/health within {timeout:.0f} s")


def require_services(clients: Clients, services: tuple[str, ...]) -> None:
    """Calls each service once. Raises `CloudError` naming those that do not answer as they should."""

    def probe(service: str) -> str | None:
        try:
            getattr(clients.client(service), PROBES[service])()
        except Exception as error:
            return f"{service}: {error}"
        return None

    with ThreadPoolExecutor(max_workers=4) as pool:
        refused = [problem for problem in pool.map(probe, services) if problem]
    if refused:
        raise CloudError(f"LocalStack is up, but not all of its services answer: {'; '.join(refused)}")
