"""What a driver finds in its environment: the user's, this LocalStack's endpoint, credentials; nothing else of it."""

import os
from collections.abc import Mapping
from pathlib import Path

from .submission import Spark

# Marks the processes of a run: a later process with the same pid has no such mark.
RUN_MARK = "LOCAL_CLOUD_JOB_RUN_ID"

_NOT_FOR_DRIVERS = frozenset(
    {
        "VIRTUAL_ENV",
        "PYTHONPATH",
        "PYTHONHOME",
        "SERVICES",
        "GATEWAY_LISTEN",
        "FILESYSTEM_ROOT",
        "LOCALSTACK_HOST",
        "OVERRIDE_IN_DOCKER",
        "LOCALSTACK_INFRA_PROCESS",
        "DISABLE_EVENTS",
        "DNS_ADDRESS",
        # The user's own AWS has no part in this.
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_SESSION_TOKEN",
    }
)


class MissingSettingError(Exception):
    """A variable of LocalStack's environment that jobs need is not set."""


def spark(environment: Mapping[str, str]) -> Spark:
    """From EMR_SPARK_SUBMIT, EMR_SPARK_MASTER (or local[2]) and EMR_SPARK_DEFAULTS. Raises `MissingSettingError`."""
    if not (submit := environment.get("EMR_SPARK_SUBMIT")):
        raise MissingSettingError(
            "EMR_SPARK_SUBMIT is not set: LocalStack was started without the path of spark-submit"
        )
    defaults = environment.get("EMR_SPARK_DEFAULTS")
    return Spark(Path(submit), environment.get("EMR_SPARK_MASTER") or "local[2]", Path(defaults) if defaults else None)


def state_folder(environment: Mapping[str, str]) -> Path:
    """Where runs keep their files: EMR_STATE_DIR. Raises `MissingSettingError`."""
    if not (folder := environment.get("EMR_STATE_DIR")):
        raise MissingSettingError("EMR_STATE_DIR is not set: LocalStack was started without a folder for job runs")
    return Path(folder)


def driver_environment(
    inherited: Mapping[str, str], endpoint: str, region: str, account_id: str, run_id: str
) -> dict[str, str]:
    """`inherited` is LocalStack's own environment, of which its settings and its virtual environment are taken away."""
    environment = {name: value for name, value in inherited.items() if name not in _NOT_FOR_DRIVERS}
    search = environment.get("PATH", "").split(os.pathsep)
    if own := inherited.get("VIRTUAL_ENV"):
        search = [folder for folder in search if folder != f"{own}/bin"]
    if python := inherited.get("EMR_PYTHON"):
        environment |= {"PYSPARK_PYTHON": python, "PYSPARK_DRIVER_PYTHON": python}
        # spark-submit looks for PySpark with the first python3 it finds.
        search.insert(0, str(Path(python).parent))
    environment["PATH"] = os.pathsep.join(search)
    return environment | {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        # An access key of twelve digits is, to LocalStack, the account itself.
        "AWS_ACCESS_KEY_ID": account_id,
        "AWS_SECRET_ACCESS_KEY": "test",
        RUN_MARK: run_id,
    }
