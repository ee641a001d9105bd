from datetime import UTC, datetime
from typing import Any

import pytest

from local_cloud.clients import Clients
from local_cloud.errors import CloudError
from local_cloud.jobs import SparkJob, cancel, start_streaming_job, wait_for_state

CREATED = datetime(2026, 1, 1, tzinfo=UTC)


class FakeEmr:
    """EMR Serverless's client, for one job run whose states are given in advance."""

    def __init__(self, *states: str) -> None:
        self.states = list(states)
        self.requests: list[dict[str, Any]] = []
        self.cancelled: list[dict[str, Any]] = []

    def start_job_run(self, **request: Any) -> dict[str, str]:
        self.requests.append(request)
        return {"jobRunId": "run"}

    def get_job_run(self, **_request: Any) -> dict[str, Any]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {"jobRun": {"state": state, "attempt": 1, "stateDetails": "why", "attemptCreatedAt": CREATED}}

    def cancel_job_run(self, **request: Any) -> None:
        self.cancelled.append(request)


class FakeClients(Clients):
    """Hands out one fake client, whatever the service."""

    def __init__(self, emr: FakeEmr) -> None:
        self.emr = emr

    def client(self, service: str) -> Any:
        assert service == "emr-serverless"
        return self.emr


JOB = SparkJob(
    application_id="app",
    execution_role_arn="arn:role",
    name="detectors",
    entry_point="s3://artifacts/app.py",
    arguments=["--env", "local"],
    py_files=["s3://artifacts/a.zip", "s3://artifacts/b.zip"],
    confs={"spark.a": "1"},
    environment={"LEVEL": "debug"},
)


def test_a_streaming_job_is_asked_for_as_on_aws() -> None:
    emr = FakeEmr("PENDING")
    assert start_streaming_job(FakeClients(emr), JOB).job_run_id == "run"
    (request,) = emr.requests
    assert request["mode"] == "STREAMING"
    assert request["retryPolicy"] == {"maxFailedAttemptsPerHour": 5}
    assert request["jobDriver"]["sparkSubmit"] == {
        "entryPoint": "s3://artifacts/app.py",
        "entryPointArguments": ["--env", "local"],
        "sparkSubmitParameters": "--py-files s3://artifacts/a.zip,s3://artifacts/b.zip",
    }
    (classification,) = request["configurationOverrides"]["applicationConfiguration"]
    assert classification["properties"] == {"spark.a": "1", "spark.emr-serverless.driverEnv.LEVEL": "debug"}


def test_it_waits_through_the_states() -> None:
    clients = FakeClients(FakeEmr("PENDING", "SCHEDULED", "SCHEDULED", "RUNNING"))
    run = start_streaming_job(clients, JOB)
    assert wait_for_state(clients, run, sleep=lambda _seconds: None).state == "RUNNING"


def test_a_run_that_failed_is_not_waited_for() -> None:
    clients = FakeClients(FakeEmr("PENDING", "FAILED"))
    run = start_streaming_job(clients, JOB)
    with pytest.raises(CloudError, match="is FAILED, not RUNNING: why"):
        wait_for_state(clients, run, sleep=lambda _seconds: None)


def test_waiting_has_an_end() -> None:
    clients = FakeClients(FakeEmr("PENDING"))
    times = iter([0.0, 30.0, 61.0])
    run = start_streaming_job(clients, JOB)
    with pytest.raises(CloudError, match="still PENDING after 60 s"):
        wait_for_state(clients, run, sleep=lambda _seconds: None, clock=lambda: next(times))


def test_a_run_that_has_ended_is_not_cancelled_again() -> None:
    emr = FakeEmr("RUNNING", "SUCCESS")
    clients = FakeClients(emr)
    run = start_streaming_job(clients, JOB)
    assert cancel(clients, run).state == "SUCCESS"
    assert emr.cancelled == []
