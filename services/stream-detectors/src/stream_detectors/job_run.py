"""The request: code and features go to the artifacts bucket, and EMR Serverless is asked to run the application.

The dependencies are in the image; what is uploaded is this package, our libraries, and the features with their tier file.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from coattail_detectors.config import ConfigFiles
from stream_detectors.artifacts import PREFIX, bucket, job_driver, uploads

_HOURLY_ATTEMPTS: Final = 10


class JobRun(msgspec.Struct, frozen=True):
    """A submitted job."""

    application_id: str
    job_run_id: str


class Account(msgspec.Struct, frozen=True):
    """An environment by its name, its region, and the clients of it."""

    environment: str
    region: str
    s3: Any
    ssm: Any
    emr: Any

    def parameter(self, name: str) -> str:
        """Return a parameter of the environment."""
        value: str = self.ssm.get_parameter(Name=f"/coattail/{self.environment}/{name}")["Parameter"]["Value"]
        return value


def start(account: Account, features_file: Path, tier_files: Path, arguments: Sequence[str]) -> JobRun:
    """Upload and start. Returns when EMR Serverless has accepted the job.

    The environment names the tier. Raises `FeaturesError` when the features or the tier cannot be used; nothing is uploaded then.
    """
    config = ConfigFiles(features_file, tier_files / f"{account.parameter('features/tier')}.yaml").load()
    config.detectors()
    driver = job_driver(account.environment, account.region, config.tier, arguments)
    for name, content in uploads(features_file, config.tier).items():
        account.s3.put_object(Bucket=bucket(account.environment), Key=f"{PREFIX}/{name}", Body=content)
    application_id = account.parameter("stream-detectors/application_id")
    answer = account.emr.start_job_run(
        applicationId=application_id,
        executionRoleArn=account.parameter("stream-detectors/job_role_arn"),
        name="stream-detectors",
        mode="STREAMING",
        retryPolicy={"maxFailedAttemptsPerHour": _HOURLY_ATTEMPTS},
        jobDriver=driver,
    )
    return JobRun(application_id, answer["jobRunId"])
