"""EMR Serverless job runs. A tiny script stands in the place of spark-submit, for speed: no Spark is started here."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from local_cloud import jobs
from local_cloud.errors import CloudError
from local_cloud.testing import TestCloud

pytestmark = pytest.mark.localstack

Until = Callable[[Callable[[], object]], None]

SCRIPT = b"""
import os, signal, sys
print(sys.argv[1:], os.environ["LEVEL"], os.environ["AWS_ENDPOINT_URL"], flush=True)
if "fail" in sys.argv:
    sys.exit("no such stream")
signal.pause()
"""


@pytest.fixture(scope="module")
def job(localstack: TestCloud) -> jobs.SparkJob:
    s3, emr = localstack.clients.client("s3"), localstack.clients.client("emr-serverless")
    s3.create_bucket(Bucket="jobs", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    s3.put_object(Bucket="jobs", Key="app/main.py", Body=SCRIPT)
    made = emr.create_application(type="SPARK", name="jobs", releaseLabel="emr-spark-8.2.0")
    return jobs.SparkJob(
        application_id=made["applicationId"],
        execution_role_arn="arn:aws:iam::000000000000:role/job",
        name="detectors",
        entry_point="s3://jobs/app/main.py",
        arguments=["--env", "local"],
        environment={"LEVEL": "debug"},
    )


def test_a_killed_job_comes_back_with_the_same_arguments_and_ends_when_cancelled(
    localstack: TestCloud, job: jobs.SparkJob, until: Until
) -> None:
    clients, folder = localstack.clients, localstack.layout.jobs
    run = jobs.wait_for_state(clients, jobs.start_streaming_job(clients, job))

    def said(attempt: int) -> str:
        log = folder / run.job_run_id / f"stdout-{attempt}.log"
        return log.read_text() if log.exists() else ""

    expected = f"['--env', 'local'] debug {clients.endpoint}\n"
    until(lambda: said(1) == expected)
    driver = jobs.driver(folder, run)
    assert driver is not None
    for pid in driver.tree:
        os.kill(pid, signal.SIGKILL)
    again = jobs.wait_for_state(clients, run, attempt=2)
    assert again.attempt == 2
    until(lambda: said(2) == expected)
    assert jobs.driver_pid(folder, run.job_run_id) != driver.pid

    emr = clients.client("emr-serverless")
    attempts = emr.list_job_run_attempts(applicationId=run.application_id, jobRunId=run.job_run_id)["jobRunAttempts"]
    assert [attempt["state"] for attempt in attempts] == ["FAILED", "RUNNING"]
    assert "killed by SIGKILL" in attempts[0]["stateDetails"]

    assert jobs.cancel(clients, run, grace_seconds=5).state == "CANCELLED"
    assert jobs.driver_pid(folder, run.job_run_id) is None
    assert jobs.cancel(clients, run).state == "CANCELLED"


def test_a_job_that_keeps_failing_says_why(localstack: TestCloud, job: jobs.SparkJob) -> None:
    failing = msgspec.structs.replace(job, arguments=["fail"], max_failed_attempts_per_hour=1)
    run = jobs.start_streaming_job(localstack.clients, failing)
    with pytest.raises(CloudError, match=r"FAILED, not RUNNING.*exit code 1\. no such stream"):
        jobs.wait_for_state(localstack.clients, run, attempt=2)


def test_an_entry_point_that_is_not_there_fails_the_run(localstack: TestCloud, job: jobs.SparkJob) -> None:
    missing = msgspec.structs.replace(job, entry_point="s3://jobs/nowhere.py")
    run = jobs.start_streaming_job(localstack.clients, missing)
    with pytest.raises(CloudError, match=r"s3://jobs/nowhere\.py cannot be read"):
        jobs.wait_for_state(localstack.clients, run)


def test_a_request_that_makes_no_sense_is_refused(localstack: TestCloud, job: jobs.SparkJob) -> None:
    wrong = msgspec.structs.replace(job, max_failed_attempts_per_hour=11)
    with pytest.raises(CloudError, match="maxFailedAttemptsPerHour is 11"):
        jobs.start_streaming_job(localstack.clients, wrong)


def test_logs_lie_where_they_are_said_to(localstack: TestCloud, job: jobs.SparkJob, until: Until) -> None:
    clients = localstack.clients
    run = jobs.wait_for_state(clients, jobs.start_streaming_job(clients, job))
    driver = jobs.driver(localstack.layout.jobs, run)
    assert driver is not None
    assert driver.stdout == Path(localstack.layout.jobs) / run.job_run_id / "stdout-1.log"
    until(lambda: driver.stdout.read_text() != "")
    jobs.cancel(clients, run, grace_seconds=1)
