"""LocalStack in its official image, for machines with a container engine. It lacks what our plugin adds."""

import subprocess

from coattail_harness.ports import HOST

from .errors import CloudError
from .record import Record
from .settings import ADDED_SERVICES, OWN_SERVICES, Kind, Settings

IMAGE = "localstack/localstack:4.14.0"
CONTAINER = "coattail-local-cloud"
MISSING = ", ".join(ADDED_SERVICES)


def run_command(port: int) -> list[str]:
    """The `docker run` that starts it, listening on the loopback address alone."""
    return [
        *("docker", "run", "--detach", "--rm", "--name", CONTAINER),
        *("--publish", f"{HOST}:{port}:4566"),
        *("--env", f"SERVICES={','.join(OWN_SERVICES)}"),
        *("--env", "EAGER_SERVICE_LOADING=0"),
        *("--env", "DISABLE_EVENTS=1"),
        *("--env", "SQS_ENDPOINT_STRATEGY=path"),
        *("--env", f"LOCALSTACK_HOST={HOST}:{port}"),
        IMAGE,
    ]


def start(settings: Settings) -> Record:
    """Raises `CloudError` when no container engine answers or the container cannot be started."""
    if not _succeeds(["docker", "info"]):
        raise CloudError(
            "LOCAL_CLOUD=docker needs a container engine and `docker info` does not answer: "
            "start Docker, or unset LOCAL_CLOUD to run LocalStack as a process"
        )
    if not _succeeds(run_command(settings.port)):
        raise CloudError(
            f"docker could not start {IMAGE} on port {settings.port}: run `{' '.join(run_command(settings.port))}`"
        )
    return Record(kind=Kind.DOCKER, port=settings.port)


def is_running() -> bool:
    return _succeeds(["docker", "inspect", "--format", "{{.State.Running}}", CONTAINER])


def stop() -> bool:
    return _succeeds(["docker", "stop", CONTAINER])


def last_lines(lines: int) -> str:
    """The end of the container's log."""
    words = ["docker", "logs", "--tail", str(lines), CONTAINER]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def _succeeds(words: list[str]) -> bool:
    try:
        return subprocess.run(words, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
