"""Starting the application: its code and features go to the artifacts bucket, and EMR Serverless is asked to run it.

The dependencies are in the image; what is uploaded is this package, the common library and the features with their tier file.
"""

from pathlib import Path
from typing import Final

import boto3
import msgspec
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from coattail_detectors import ModuleRegistry
from coattail_detectors.kernel import features, tiers
from coattail_detectors.kernel.errors import FeaturesError
from coattail_runtime.settings import ServiceSettings, read, refuse
from stream_detectors.artifacts import PREFIX, bucket, job_driver, uploads

_HOURLY_ATTEMPTS: Final = 10


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
    """Upload and start. Returns when EMR Serverless has accepted the job.

    Raises `FeaturesError` when the features or the tier cannot be used; nothing is uploaded then.
    """
    registry = ModuleRegistry.load()
    wishes = features.load(submission.features, registry.modules)
    s3, ssm, emr = (
        boto3.client(service, region_name=submission.region, endpoint_url=submission.endpoint)
        for service in ("s3", "ssm", "emr-serverless")
    )
    name = ssm.get_parameter(Name=f"/coattail/{submission.environment}/features/tier")["Parameter"]["Value"]
    tier = tiers.load(submission.tiers / f"{name}.yaml")
    registry.enabled(wishes, tier.modules)
    driver = job_driver(submission.environment, submission.region, tier, submission.arguments)
    for name, content in uploads(submission.features, tier).items():
        s3.put_object(Bucket=bucket(submission.environment), Key=f"{PREFIX}/{name}", Body=content)
    parameters = f"/coattail/{submission.environment}/stream-detectors"
    application_id = ssm.get_parameter(Name=f"{parameters}/application_id")["Parameter"]["Value"]
    role = ssm.get_parameter(Name=f"{parameters}/job_role_arn")["Parameter"]["Value"]
    answer = emr.start_job_run(
        applicationId=application_id,
        executionRoleArn=role,
        name="stream-detectors",
        mode="STREAMING",
        retryPolicy={"maxFailedAttemptsPerHour": _HOURLY_ATTEMPTS},
        jobDriver=driver,
    )
    return JobRun(application_id, answer["jobRunId"])


if __name__ == "__main__":
    try:
        run = submit(read(Submission))
    except FeaturesError as error:
        refuse(str(error))
    print(msgspec.json.encode(run).decode())  # noqa: T201
