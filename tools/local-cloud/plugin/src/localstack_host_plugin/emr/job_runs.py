"""The job runs of the EMR Serverless API."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from localstack import config
from localstack.aws.api import RequestContext
from localstack.aws.connect import connect_to

from localstack_host_plugin.operations import Operation, Request, Response, translated

from .ahead import new_run_id, started
from .applications import Applications
from .environment import MissingSettingError, driver_environment, spark, state_folder
from .job_run import Attempt, JobRun, Plan, State
from .refusals import invalid, not_found
from .retry import InvalidRetryPolicyError, RetryPolicy
from .submission import InvalidJobError, read

DEFAULT_GRACE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job run with what StartJobRun said of it and GetJobRun repeats."""

    account_id: str
    region: str
    application_id: str
    release_label: str
    request: Request
    run: JobRun

    @property
    def arn(self) -> str:
        where = f"arn:aws:emr-serverless:{self.region}:{self.account_id}"
        return f"{where}:/applications/{self.application_id}/jobruns/{self.run.run_id}"


class JobRuns:
    """Every job run since LocalStack came up."""

    def __init__(self, applications: Applications) -> None:
        self._applications = applications
        self._submitted: dict[str, Submitted] = {}
        self._by_token: dict[str, Submitted] = {}
        self._lock = threading.Lock()
        self._ahead = started(os.environ)

    def table(self) -> dict[str, Operation]:
        operations: dict[str, Operation] = {
            "StartJobRun": self.start,
            "GetJobRun": self.get,
            "ListJobRuns": self.list,
            "ListJobRunAttempts": self.list_attempts,
            "CancelJobRun": self.cancel,
        }
        return {name: _refusing(call) for name, call in operations.items()}

    def start(self, context: RequestContext, request: Request) -> Response:
        with self._lock:
            known = self._by_token.get(request.get("clientToken", ""))
            submitted = known or self._submit(context, request)
        return {"applicationId": submitted.application_id, "jobRunId": submitted.run.run_id, "arn": submitted.arn}

    def get(self, context: RequestContext, request: Request) -> Response:
        submitted = self._find(context, request)
        number = request.get("attempt")
        if number is None:
            return {"jobRun": _described(submitted, submitted.run.attempt)}
        attempts = submitted.run.attempts
        if not 1 <= number <= len(attempts):
            raise not_found(f"Job run {submitted.run.run_id} has {len(attempts)} attempts, no attempt {number}")
        return {"jobRun": _described(submitted, attempts[number - 1])}

    def list(self, context: RequestContext, request: Request) -> Response:
        states = set(request.get("states") or State)
        application_id = self._applications.find(context, request).application_id
        found = [
            submitted
            for submitted in self._submitted.values()
            if submitted.application_id == application_id
            and submitted.run.state in states
            and request.get("mode") in {None, submitted.run.plan.policy.mode}
        ]
        newest_first = sorted(found, key=lambda submitted: submitted.run.created_at, reverse=True)
        page = newest_first[: request.get("maxResults", 50)]
        return {
            "jobRuns": [
                _summary(submitted, submitted.run.attempt) | {"createdAt": submitted.run.created_at}
                for submitted in page
            ]
        }

    def list_attempts(self, context: RequestContext, request: Request) -> Response:
        submitted = self._find(context, request)
        return {
            "jobRunAttempts": [
                _summary(submitted, attempt) | {"jobCreatedAt": submitted.run.created_at}
                for attempt in submitted.run.attempts
            ]
        }

    def cancel(self, context: RequestContext, request: Request) -> Response:
        submitted = self._find(context, request)
        if submitted.run.state.is_final:
            raise invalid(f"Job run {submitted.run.run_id} is in the final state {submitted.run.state}")
        submitted.run.cancel(request.get("shutdownGracePeriodInSeconds", DEFAULT_GRACE_SECONDS))
        return {"applicationId": submitted.application_id, "jobRunId": submitted.run.run_id}

    def end_all(self, grace_seconds: float) -> None:
        """Cancels what runs and waits for it: at most the grace period and a moment for the kill. Ends what was started ahead."""
        if self._ahead:
            self._ahead.end()
        running = [submitted.run for submitted in self._submitted.values() if not submitted.run.state.is_final]
        for run in running:
            run.cancel(grace_seconds)
        for run in running:
            run.wait(grace_seconds + 5.0)

    def _submit(self, context: RequestContext, request: Request) -> Submitted:
        application = self._applications.find(context, request)
        policy = RetryPolicy.of(request.get("mode", "BATCH"), request.get("retryPolicy") or {})
        submission = read(
            request.get("jobDriver") or {},
            request.get("configurationOverrides") or {},
            application.declared.get("runtimeConfiguration") or (),
        )
        ahead, self._ahead = self._ahead, None
        run_id = ahead.run_id if ahead else new_run_id()
        folder = state_folder(os.environ) / run_id
        account_id, region = context.account_id, context.region
        plan = Plan(
            submission,
            policy,
            spark(os.environ),
            driver_environment(os.environ, _endpoint(), region, account_id, run_id),
            folder,
            _fetch_into(folder / "artifacts", account_id, region),
            ahead=ahead,
        )
        run = JobRun(run_id, plan)
        submitted = Submitted(
            account_id, region, application.application_id, application.declared["releaseLabel"], dict(request), run
        )
        application.state = "STARTED"
        run.start()
        self._submitted[run_id] = submitted
        if token := request.get("clientToken"):
            self._by_token[token] = submitted
        return submitted

    def _find(self, context: RequestContext, request: Request) -> Submitted:
        application_id = self._applications.find(context, request).application_id
        submitted = self._submitted.get(request["jobRunId"])
        if submitted is None or submitted.application_id != application_id:
            raise not_found(f"Job run {request['jobRunId']} does not exist in application {application_id}")
        return submitted


def _refusing(operation: Operation) -> Operation:
    for error_type in (InvalidJobError, InvalidRetryPolicyError, MissingSettingError):
        operation = translated(operation, error_type, lambda _error: "ValidationException")
    return operation


def _endpoint() -> str:
    return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}"


def _fetch_into(folder: Path, account_id: str, region: str) -> Callable[[str], Path]:
    """Downloads s3:// addresses into `folder`, each under its own key, so that equal names do not meet."""

    def fetch(address: str) -> Path:
        parts = urlsplit(address)
        target = folder / parts.netloc / parts.path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        s3 = connect_to(aws_access_key_id=account_id, region_name=region).s3
        try:
            s3.download_file(parts.netloc, parts.path.lstrip("/"), str(target))
        except Exception as error:
            raise InvalidJobError(f"{address} cannot be read: {error}") from error
        return target

    return fetch


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "attempt": attempt.number,
        "state": str(attempt.state),
        "stateDetails": attempt.details,
        "createdAt": attempt.created_at,
        "updatedAt": attempt.updated_at,
    }


def _common(submitted: Submitted) -> dict[str, Any]:
    """What every answer about a job run says."""
    run, request = submitted.run, submitted.request
    name = {"name": request["name"]} if request.get("name") else {}
    return name | {
        "applicationId": submitted.application_id,
        "arn": submitted.arn,
        "mode": run.plan.policy.mode,
        "createdBy": f"arn:aws:iam::{submitted.account_id}:root",
        "executionRole": request["executionRoleArn"],
        "releaseLabel": submitted.release_label,
    }


def _summary(submitted: Submitted, attempt: Attempt) -> dict[str, Any]:
    """As the lists have it; `createdAt` and `updatedAt` are the attempt's."""
    return _common(submitted) | _attempt(attempt) | {"id": submitted.run.run_id, "type": "SPARK"}


def _described(submitted: Submitted, attempt: Attempt) -> dict[str, Any]:
    run, request = submitted.run, submitted.request
    ended = {"endedAt": run.ended_at} if run.ended_at else {}
    repeated = {
        name: request[name]
        for name in ("configurationOverrides", "tags", "retryPolicy", "executionTimeoutMinutes")
        if name in request
    }
    until = run.ended_at or datetime.now(UTC)
    return (
        _common(submitted)
        | _attempt(attempt)
        | ended
        | repeated
        | {
            "jobRunId": run.run_id,
            "jobDriver": request["jobDriver"],
            "createdAt": run.created_at,
            "attemptCreatedAt": attempt.created_at,
            "attemptUpdatedAt": attempt.updated_at,
            "startedAt": run.created_at,
            "totalExecutionDurationSeconds": int((until - run.created_at).total_seconds()),
        }
    )
