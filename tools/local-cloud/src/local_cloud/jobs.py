"""EMR Serverless jobs from the caller's side: started, watched and ended through the API, as on AWS."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from botocore.exceptions import ClientError

from .clients import Clients
from .drivers import driver_pid, driver_tree
from .errors import CloudError

__all__ = [
    "Driver",
    "JobRun",
    "SparkJob",
    "cancel",
    "driver",
    "driver_pid",
    "driver_tree",
    "job_run",
    "start_streaming_job",
    "wait_for_state",
]

FINAL_STATES = frozenset({"SUCCESS", "FAILED", "CANCELLED"})


class SparkJob(msgspec.Struct, frozen=True, kw_only=True):
    """The arguments of StartJobRun. `entry_point` and `files` are s3:// addresses; `confs` become spark-defaults."""

    application_id: str
    execution_role_arn: str
    name: str
    entry_point: str
    arguments: Sequence[str] = ()
    py_files: Sequence[str] = ()
    files: Sequence[str] = ()
    confs: Mapping[str, str] = {}
    environment: Mapping[str, str] = {}
    max_failed_attempts_per_hour: int = 5


class JobRun(NamedTuple):
    """How a job run stands. `attempt` counts from 1 and was created at `attempt_at` (UTC µs); `details` says why one failed."""

    application_id: str
    job_run_id: str
    state: str
    attempt: int
    details: str
    attempt_at: int = 0


class Driver(msgspec.Struct, frozen=True):
    """The processes of a run's present attempt and where it logs. `tree`: the JVM's pid first."""

    pid: int
    tree: list[int]
    stdout: Path
    stderr: Path


def start_streaming_job(clients: Clients, job: SparkJob) -> JobRun:
    """StartJobRun in mode STREAMING. Raises `CloudError` when it is refused."""
    confs = dict(job.confs) | {
        f"spark.emr-serverless.driverEnv.{name}": value for name, value in job.environment.items()
    }
    request: dict[str, Any] = {
        "applicationId": job.application_id,
        "executionRoleArn": job.execution_role_arn,
        "name": job.name,
        "mode": "STREAMING",
        "retryPolicy": {"maxFailedAttemptsPerHour": job.max_failed_attempts_per_hour},
        "jobDriver": {
            "sparkSubmit": {
                "entryPoint": job.entry_point,
                "entryPointArguments": list(job.arguments),
                **_parameters(job),
            }
        },
        "configurationOverrides": {
            "applicationConfiguration": [{"classification": "spark-defaults", "properties": confs}]
        },
    }
    try:
        started = clients.client("emr-serverless").start_job_run(**request)
    except ClientError as error:
        raise CloudError(f"job {job.name} was not started: {error}") from error
    return job_run(clients, job.application_id, started["jobRunId"])


def job_run(clients: Clients, application_id: str, job_run_id: str) -> JobRun:
    """How the run stands now."""
    described = clients.client("emr-serverless").get_job_run(applicationId=application_id, jobRunId=job_run_id)[
        "jobRun"
    ]
    created = described["attemptCreatedAt"]
    return JobRun(
        application_id,
        job_run_id,
        described["state"],
        described["attempt"],
        described["stateDetails"],
        round(created.timestamp() * 1e6),
    )


def wait_for_state(
    clients: Clients,
    run: JobRun,
    state: str = "RUNNING",
    *,
    attempt: int = 1,
    timeout: float = 60.0,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> JobRun:
    """Waits until the run is in `state` in this attempt or a later one (seconds).

    Raises `CloudError` when it ends in another state, or does not get there in time.
    """
    deadline = clock() + timeout
    while True:
        now = job_run(clients, run.application_id, run.job_run_id)
        if now.state == state and now.attempt >= attempt:
            return now
        if now.state in FINAL_STATES:
            raise CloudError(f"job run {run.job_run_id} is {now.state}, not {state}: {now.details or 'no details'}")
        if clock() > deadline:
            raise CloudError(f"job run {run.job_run_id} is still {now.state} after {timeout:.0f} s, not {state}")
        sleep(0.1)


def cancel(clients: Clients, run: JobRun, *, grace_seconds: int = 30, timeout: float = 60.0) -> JobRun:
    """CancelJobRun, and waits for the end. A run that has ended already is left as it is."""
    now = job_run(clients, run.application_id, run.job_run_id)
    if now.state in FINAL_STATES:
        return now
    clients.client("emr-serverless").cancel_job_run(
        applicationId=run.application_id, jobRunId=run.job_run_id, shutdownGracePeriodInSeconds=grace_seconds
    )
    return wait_for_state(clients, run, "CANCELLED", timeout=timeout)


def driver(jobs: Path, run: JobRun) -> Driver | None:
    """The run's present driver under the state folder's `emr`; None between two attempts and after the end."""
    pid = driver_pid(jobs, run.job_run_id)
    if pid is None:
        return None
    folder = jobs / run.job_run_id
    return Driver(pid, driver_tree(pid), folder / f"stdout-{run.attempt}.log", folder / f"stderr-{run.attempt}.log")


def _parameters(job: SparkJob) -> dict[str, str]:
    """`sparkSubmitParameters`, which may not be empty."""
    options = [("--py-files", job.py_files), ("--files", job.files)]
    words = [f"{option} {','.join(files)}" for option, files in options if files]
    return {"sparkSubmitParameters": " ".join(words)} if words else {}
