"""Starting the application: its code and features go to the artifacts bucket, and EMR Serverless is asked to run it.

The dependencies are in the image; what is uploaded is this package, the common library and the features with their tier file.
"""

import io
import zipfile
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import boto3
import msgspec
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from coattail_common.settings import ServiceSettings, read, refuse
from stream_detectors import features
from stream_detectors.detectors import registry

_PACKAGES: Final = ("stream_detectors", "coattail_common")
_ENTRY_POINT: Final = "from stream_detectors.__main__ import main\n\nmain()\n"
_HOURLY_ATTEMPTS: Final = 10
_SHUFFLE_PARTITIONS: Final = {"small": 2, "medium": 4, "large": 8}


class Submission(ServiceSettings):
    """Submit the application to EMR Serverless as a streaming job that is restarted when it fails."""

    model_config = SettingsConfigDict(env_prefix="SUBMISSION_")

    environment: str = Field("local", description="the environment's name, as in its bucket names and parameters")
    region: str = Field("us-west-2", description="the AWS region")
    endpoint: str | None = Field(
        None, description="the endpoint that serves AWS; default AWS itself", validation_alias="AWS_ENDPOINT_URL"
    )
    features: Path = Field(Path("config/features.yaml"), description="the features file")
    tiers: Path = Field(Path("config/tiers"), description="the folder of the tier files")
    arguments: tuple[str, ...] = Field(
        (), description="further arguments of the application, e.g. --landing-seconds=60"
    )


class JobRun(msgspec.Struct, frozen=True):
    """A submitted job."""

    application_id: str
    job_run_id: str


def submit(submission: Submission) -> JobRun:
    """Upload and start. Returns when EMR Serverless has accepted the job. Raises `FeaturesError` when the features cannot be used."""
    features.load(submission.features, registry.MODULES)
    s3, ssm, emr = (
        boto3.client(service, region_name=submission.region, endpoint_url=submission.endpoint)
        for service in ("s3", "ssm", "emr-serverless")
    )
    tier = ssm.get_parameter(Name=f"/coattail/{submission.environment}/features/tier")["Parameter"]["Value"]
    tier_file = submission.tiers / f"{tier}.yaml"
    features.load_tier(tier_file)
    bucket, prefix = f"coattail-{submission.environment}-artifacts", "stream-detectors"
    uploads = {
        "main.py": _ENTRY_POINT.encode(),
        "packages.zip": packages(),
        "features.yaml": submission.features.read_bytes(),
        "tier.yaml": tier_file.read_bytes(),
    }
    for name, content in uploads.items():
        s3.put_object(Bucket=bucket, Key=f"{prefix}/{name}", Body=content)
    parameters = f"/coattail/{submission.environment}/stream-detectors"
    application_id = ssm.get_parameter(Name=f"{parameters}/application_id")["Parameter"]["Value"]
    role = ssm.get_parameter(Name=f"{parameters}/job_role_arn")["Parameter"]["Value"]
    answer = emr.start_job_run(
        applicationId=application_id,
        executionRoleArn=role,
        name="stream-detectors",
        mode="STREAMING",
        retryPolicy={"maxFailedAttemptsPerHour": _HOURLY_ATTEMPTS},
        jobDriver={"sparkSubmit": spark_submit(submission, f"s3://{bucket}/{prefix}", tier)},
    )
    return JobRun(application_id, answer["jobRunId"])


def spark_submit(submission: Submission, artifacts: str, tier: str) -> dict[str, Any]:
    """The job driver's `sparkSubmit`."""
    name = submission.environment
    return {
        "entryPoint": f"{artifacts}/main.py",
        "entryPointArguments": [
            f"--warehouse=s3://coattail-{name}-lake/warehouse",
            f"--seals=s3://coattail-{name}-checkpoints/stream-detectors",
            f"--region={submission.region}",
            *submission.arguments,
        ],
        "sparkSubmitParameters": " ".join(
            [
                f"--py-files {artifacts}/packages.zip",
                f"--files {artifacts}/features.yaml,{artifacts}/tier.yaml",
                f"--conf spark.sql.shuffle.partitions={_SHUFFLE_PARTITIONS[tier]}",
            ]
        ),
    }


def packages() -> bytes:
    """This package and the common library as a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for package in _PACKAGES:
            _add(archive, files(package), package)
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, folder: Traversable, path: str) -> None:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and entry.name != "__pycache__":
            _add(archive, entry, f"{path}/{entry.name}")
        elif entry.name.endswith((".py", ".typed")):
            archive.writestr(f"{path}/{entry.name}", entry.read_bytes())


if __name__ == "__main__":
    try:
        run = submit(read(Submission))
    except features.FeaturesError as error:
        refuse(str(error))
    print(msgspec.json.encode(run).decode())  # noqa: T201
