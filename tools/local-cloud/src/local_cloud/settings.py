"""What the environment says, read once."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import msgspec

from .errors import CloudError
from .layout import Layout

DEFAULT_PORT = 4566
DEFAULT_KAFKA_PORT = 9092
REGION = "us-west-2"

# What Coat Tail uses. LocalStack loads a service when it is first called; one that is not named here answers an error.
OWN_SERVICES = ("s3", "ssm", "iam", "sts", "sqs", "events", "scheduler", "cloudwatch", "logs", "kinesis")
ADDED_SERVICES = ("lambda", "glue", "emr-serverless", "lakeformation", "ecs", "ecr")


class Kind(StrEnum):
    """How LocalStack runs: as a process of this machine, or in its official image."""

    HOST = "host"
    DOCKER = "docker"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`spark_*`: what EMR Serverless jobs run with; `spark_defaults` is a properties file, if any.

    `ahead`: the folder that describes the first job, whose driver is started beside LocalStack; see the plugin's `emr/ahead.py`.
    `kafka_port`: where a broker of Kafka listens beside LocalStack; `None`: there is none.
    """

    kind: Kind
    port: int
    uv: Path | None
    spark_submit: Path
    spark_python: Path
    spark_master: str
    spark_defaults: Path | None
    ahead: Path | None = None
    kafka_port: int | None = None


def read_settings(
    environment: Mapping[str, str], layout: Layout, port: int | None = None, kafka_port: int | None = None
) -> Settings:
    """LOCAL_CLOUD, LOCAL_CLOUD_PORT (unless `port`), LOCAL_CLOUD_KAFKA (unless `kafka_port`), UV and EMR_*.

    Raises `CloudError` naming the bad variable.
    """
    kind = environment.get("LOCAL_CLOUD") or Kind.HOST
    if kind not in set(Kind):
        raise CloudError(f"LOCAL_CLOUD={kind} is not known: set it to host (the default) or docker")
    names = ("UV", "EMR_SPARK_DEFAULTS", "EMR_AHEAD", "LOCAL_CLOUD_KAFKA")
    uv, defaults, ahead, kafka = (environment.get(name) for name in names)
    binaries = layout.root / ".venv" / "bin"
    return Settings(
        kind=Kind(kind),
        port=port
        if port is not None
        else _port("LOCAL_CLOUD_PORT", environment.get("LOCAL_CLOUD_PORT") or str(DEFAULT_PORT)),
        uv=Path(uv) if uv else None,
        spark_submit=Path(environment.get("EMR_SPARK_SUBMIT") or binaries / "spark-submit"),
        spark_python=Path(environment.get("EMR_PYTHON") or binaries / "python"),
        spark_master=environment.get("EMR_SPARK_MASTER") or "local[2]",
        spark_defaults=Path(defaults).absolute() if defaults else None,
        ahead=Path(ahead).absolute() if ahead else None,
        kafka_port=_port("LOCAL_CLOUD_KAFKA", kafka) if kafka_port is None and kafka else kafka_port,
    )


def _port(variable: str, text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise CloudError(f"{variable}={text} is no port: set it to a number from 1 to 65535")
    return int(text)
