"""`coattail submit`, or `python -m stream_detectors.submission`: submit the application, and print the job run as JSON."""

import sys
from pathlib import Path

import boto3
import msgspec
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from coattail_detectors.kernel.errors import FeaturesError
from coattail_runtime.settings import ServiceSettings, read, refuse
from stream_detectors.job_run import Account, JobRun, start


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


def submit(submission: Submission) -> JobRun:
    """Submit what the options say. Raises `FeaturesError`, as `job_run.start` does."""
    s3, ssm, emr = (
        boto3.client(service, region_name=submission.region, endpoint_url=submission.endpoint)
        for service in ("s3", "ssm", "emr-serverless")
    )
    account = Account(submission.environment, submission.region, s3, ssm, emr)
    return start(account, submission.features, submission.tiers, submission.arguments)


def main() -> None:
    """The command. Ends the process with code 2 when the features or the tier cannot be used."""
    try:
        run = submit(read(Submission))
    except FeaturesError as error:
        refuse(str(error))
    sys.stdout.write(f"{msgspec.json.encode(run).decode()}\n")


if __name__ == "__main__":
    main()
