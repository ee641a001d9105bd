"""The Spark application, run by EMR Serverless."""

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from coattail_demo import aws
from coattail_demo.errors import ConfigurationError, DemoError
from coattail_demo.evidence import SparkState
from coattail_demo.layout import Layout
from coattail_demo.processes import CONFIGURATION_EXIT
from coattail_harness.processes import Say
from local_cloud import jobs
from local_cloud.clients import Clients
from local_cloud.errors import CloudError

NAME: Final = "stream-detectors"
READY_BUCKET: Final = f"coattail-{aws.ENVIRONMENT}-checkpoints"
READY_KEY: Final = "stream-detectors/ready.json"
_CHATTER: Final = re.compile(r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d (INFO|WARN) |\s+at |WARNING: ")
_WARM_UP_ROUNDS: Final = 2
"""The first compiler, which the demo's driver has (`spark_defaults`), is done after fewer rounds than the optimising one."""
_RUNNING: Final = "RUNNING"
_ATTEMPTS_TO_START: Final = 2
_POLL_SECONDS: Final = 0.5
_READY_SECONDS: Final = 240.0
_GRACE_SECONDS: Final = 30


class Announcement(msgspec.Struct, frozen=True):
    """What the application puts where it says that it is ready. `started_at` is UTC, µs."""

    started_at: int


class Submitted(msgspec.Struct, frozen=True):
    """What the submission answers."""

    application_id: str
    job_run_id: str


class DetectorsJob:
    """A streaming job run."""

    def __init__(self, layout: Layout, endpoint: str, job_run: jobs.JobRun) -> None:
        self.endpoint = endpoint
        self.job_run = job_run
        self._layout = layout
        self._clients = Clients(endpoint)
        self._ready_attempt = 0

    @property
    def pid(self) -> int | None:
        """The driver's (the JVM's) pid; None between two attempts."""
        return jobs.driver_pid(self._layout.jobs, self.job_run.job_run_id)

    async def state(self) -> jobs.JobRun:
        """How the run stands. Raises `CloudSilentError`."""
        return await asyncio.to_thread(_described, self._clients, self.job_run.application_id, self.job_run.job_run_id)

    async def ready(self) -> None:
        """Return when the application says that it reads and is warm. Raises `DemoError` when the run ends before, fails as
        soon as it is started, or takes longer than four minutes.
        """
        try:
            async with asyncio.timeout(_READY_SECONDS):
                while not await self.is_ready(run := await self.require_alive()):
                    if run.attempt > _ATTEMPTS_TO_START:
                        raise self._failure(run, run.attempt - 1, "fails as soon as it is started")
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError as error:
            raise self._failure(run, run.attempt, f"is not ready after {_READY_SECONDS:.0f} s") from error

    async def is_ready(self, run: jobs.JobRun) -> bool:
        """Whether the application itself has said, in the attempt that `run` describes, that it reads and is warm.

        That EMR Serverless calls the run RUNNING says only that the driver's process has been started.
        """
        if self._ready_attempt != run.attempt:
            announced = await asyncio.to_thread(_announced_at, self._clients)
            self._ready_attempt = run.attempt if is_of_attempt(announced, run) else 0
        return self._ready_attempt == run.attempt

    async def require_alive(self) -> jobs.JobRun:
        """How the run stands. Raises `DemoError` when it has ended."""
        run = await self.state()
        if run.state in jobs.FINAL_STATES:
            raise self._failure(run, run.attempt, f"ended ({run.state})")
        return run

    async def spark_state(self) -> SparkState:
        """The attempt, and whether it is ready. Raises `DemoError` when the run has ended."""
        run = await self.require_alive()
        return SparkState(run.attempt, await self.is_ready(run))

    async def cancel(self) -> None:
        """End the run; the application lands what it has, and is killed after half a minute."""
        await asyncio.to_thread(
            jobs.cancel, self._clients, self.job_run, grace_seconds=_GRACE_SECONDS, timeout=_GRACE_SECONDS + 15
        )

    def _failure(self, run: jobs.JobRun, attempt: int, what: str) -> DemoError:
        log = self._layout.jobs / run.job_run_id / f"stderr-{attempt}.log"
        return DemoError(f"{NAME} {what}: {last_words(log)}; its log is {log}")


@contextlib.asynccontextmanager
async def detectors(
    layout: Layout, features: Path, endpoint: str, arguments: Sequence[str], say: Say
) -> AsyncIterator[DetectorsJob]:
    """The application, submitted as a deployment would; it runs while the context is open."""
    submitted = await _submit(layout, features, endpoint, arguments)
    run = await asyncio.to_thread(_described, Clients(endpoint), submitted.application_id, submitted.job_run_id)
    say(f"{NAME}: StartJobRun {run.job_run_id}; Spark is starting")
    job = DetectorsJob(layout, endpoint, run)
    try:
        yield job
    finally:
        try:
            await job.cancel()
        except (CloudError, ClientError, BotoCoreError) as error:
            say(f"{NAME} could not be ended in order ({error}); the local cloud ends it")


def end_jobs(endpoint: str) -> None:
    """End the job runs that a demo which was killed left in a cloud. Blocking. Raises `CloudSilentError`."""
    clients = Clients(endpoint)
    with aws.answering("ending the job runs of an earlier demo"):
        emr = clients.client("emr-serverless")
        for application in emr.list_applications()["applications"]:
            for run in emr.list_job_runs(applicationId=application["id"])["jobRuns"]:
                if run["state"] not in jobs.FINAL_STATES:
                    found = jobs.job_run(clients, application["id"], run["id"])
                    jobs.cancel(clients, found, grace_seconds=_GRACE_SECONDS, timeout=_GRACE_SECONDS + 15)


def is_of_attempt(announced_at: int | None, run: jobs.JobRun) -> bool:
    """Whether what was announced then (UTC µs; None: nothing was) comes from the present attempt, which runs, and not from one before."""
    return announced_at is not None and announced_at >= run.attempt_at and run.state == _RUNNING


def last_words(log: Path) -> str:
    """The last line of a driver's log that is the application's own and not the chatter of Spark's shutdown."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    own = [line.strip() for line in lines if line.strip() and not _CHATTER.match(line)]
    return own[-1] if own else "it left no message"


def _announced_at(clients: Clients) -> int | None:
    with contextlib.suppress(ClientError, BotoCoreError):
        found = clients.client("s3").get_object(Bucket=READY_BUCKET, Key=READY_KEY)
        return msgspec.json.decode(found["Body"].read(), type=Announcement).started_at
    return None


def _described(clients: Clients, application_id: str, job_run_id: str) -> jobs.JobRun:
    with aws.answering(f"GetJobRun {job_run_id}"):
        return jobs.job_run(clients, application_id, job_run_id)


def application_arguments(landing_seconds: float) -> tuple[str, ...]:
    """What the demo tells the application beside its defaults."""
    return (f"--landing-seconds={landing_seconds}", f"--warm-up-rounds={_WARM_UP_ROUNDS}")


async def _submit(layout: Layout, features: Path, endpoint: str, arguments: Sequence[str]) -> Submitted:
    process = await asyncio.create_subprocess_exec(
        *(str(layout.python), "-m", "stream_detectors.submission"),
        *("--environment", aws.ENVIRONMENT, "--features", str(features)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={
            **os.environ,
            **aws.VARIABLES,
            "AWS_ENDPOINT_URL": endpoint,
            "SUBMISSION_ARGUMENTS": msgspec.json.encode(arguments).decode(),
        },
    )
    told, complaint = await process.communicate()
    if process.returncode != 0:
        last = (complaint.decode(errors="replace").strip() or "it says nothing").splitlines()[-1]
        kind = ConfigurationError if process.returncode == CONFIGURATION_EXIT else DemoError
        raise kind(f"{NAME} could not be submitted: {last}")
    return msgspec.json.decode(told, type=Submitted)
