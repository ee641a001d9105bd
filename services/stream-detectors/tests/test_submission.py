"""The submission: the tier that the environment names is what EMR Serverless is asked for, and what the application is given."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from coattail_detectors.kernel import tiers
from coattail_detectors.kernel.errors import FeaturesError
from stream_detectors.submission import Submission, submit

CONFIG = Path(__file__).parents[3] / "config"
BUCKET = "coattail-test-artifacts"
REGION = "us-west-2"


class Account:
    """An account with what the stacks `platform` and `stream-detectors` put into it."""

    def __init__(self, tier: str) -> None:
        self.s3, self.emr, ssm = (boto3.client(name, region_name=REGION) for name in ("s3", "emr-serverless", "ssm"))
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        made = self.emr.create_application(name="stream-detectors", releaseLabel="emr-6.6.0", type="SPARK")
        self.application_id = made["applicationId"]
        for name, value in {
            "features/tier": tier,
            "stream-detectors/application_id": self.application_id,
            "stream-detectors/job_role_arn": "arn:aws:iam::123456789012:role/job",
        }.items():
            ssm.put_parameter(Name=f"/coattail/test/{name}", Type="String", Value=value)

    def uploaded(self) -> dict[str, bytes]:
        """The objects in the bucket, by the last part of their key."""
        found = self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return {
            one["Key"].rpartition("/")[2]: self.s3.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read()
            for one in found
        }

    def job(self, job_run_id: str) -> dict[str, Any]:
        """What EMR Serverless was asked to run."""
        run: dict[str, Any] = self.emr.get_job_run(applicationId=self.application_id, jobRunId=job_run_id)["jobRun"]
        return run


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield


def submission(folder: Path = CONFIG / "tiers") -> Submission:
    return Submission(environment="test", region=REGION, features=CONFIG / "features.yaml", tiers=folder)


@pytest.mark.parametrize("name", ["small", "medium", "large"])
def test_submission_asks_for_tier_and_ships_it(name: str, tmp_path: Path) -> None:
    """The tier that is shipped holds all that it extends: no other tier file goes with it."""
    account, tier = Account(name), tiers.load(CONFIG / "tiers" / f"{name}.yaml")

    run = submit(submission())

    uploaded = account.uploaded()
    assert uploaded.keys() == {"main.py", "packages.zip", "features.yaml", "tier.yaml"}
    (tmp_path / "tier.yaml").write_bytes(uploaded["tier.yaml"])
    assert tiers.load(tmp_path / "tier.yaml") == tier
    asked = account.job(run.job_run_id)["jobDriver"]["sparkSubmit"]["sparkSubmitParameters"]
    assert [f"--conf {name}={value}" in asked for name, value in tier.confs().items()] == [True] * len(tier.confs())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("extends: nothing", r"nothing\.yaml, which .* extends"),
        ("modules: [whale-detector]", "the tier has no workers"),
        ("extends: small\nmodules: [whales]", "whales is no module"),
    ],
)
def test_submission_refuses_tier_before_upload(text: str, says: str, tmp_path: Path) -> None:
    """What runs keeps its files: nothing is uploaded for a job that could not start."""
    account = Account("mine")
    (tmp_path / "small.yaml").write_text((CONFIG / "tiers" / "small.yaml").read_text())
    (tmp_path / "mine.yaml").write_text(text)

    with pytest.raises(FeaturesError, match=says):
        submit(submission(tmp_path))

    assert account.uploaded() == {}
