"""The Lambda's entry: `dq_lambda.handler.handler`, driven by an event source mapping of Kinesis or of Kafka.

That of Kinesis reports batch item failures. That of Kafka delivers a batch again, whole, when the invocation fails: it takes reports only
from pollers that are provisioned, and would read one as success otherwise.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Final

import boto3
import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from coattail_runtime import telemetry
from coattail_runtime.bus.bridge import EventBridge
from coattail_runtime.settings import read
from dq_lambda import records
from dq_lambda.dead_letters import S3DeadLetters
from dq_lambda.degradation import Bounds
from dq_lambda.metrics import report
from dq_lambda.records import Source
from dq_lambda.settings import Settings
from dq_lambda.state import S3State
from dq_lambda.validation import Validation
from dq_lambda.watch import Watch

SERVICE: Final = "dq-lambda"

_log: Final = telemetry.logger(SERVICE)
_metrics: Final = telemetry.metrics(SERVICE)


class _Parts(msgspec.Struct, frozen=True):
    """What a process makes once and keeps from one invocation to the next."""

    validation: Validation
    watch: Watch
    period_micros: int


class BatchNotFinishedError(RuntimeError):
    """Refused lines of a batch of Kafka could not be stored. Lambda delivers the batch again."""


@_log.inject_lambda_context
def handler(event: object, _context: LambdaContext) -> dict[str, Any]:
    """Validate a batch of the stream. Of Kinesis, name the first record that was not finished: AWS delivers it, and those after it, again.

    Raises `BatchNotFinishedError` for a batch of Kafka that was not finished. What was stored of it is found when it comes again, and
    nothing of it is counted before.
    """
    parts = _parts()
    delivery = records.read(event)
    outcome = parts.validation.run(delivery.records)
    if outcome.failed_from is not None:
        _log.warning("batch not finished", failed_from=outcome.failed_from, done=len(outcome.done))
        if delivery.source is Source.KAFKA:
            message = f"{len(delivery.records) - len(outcome.done)} of {len(delivery.records)} records are not finished"
            raise BatchNotFinishedError(message)
    report(_metrics, outcome, _now())
    parts.watch.add(outcome.counts(parts.period_micros))
    failures = [] if outcome.failed_from is None else [{"itemIdentifier": outcome.failed_from}]
    return {"batchItemFailures": failures}


@cache
def _parts() -> _Parts:
    settings = read(Settings, [])
    _log.setLevel(settings.log_level)
    # An invocation has a minute: what hangs must fail while there is time to say so.
    config = Config(
        connect_timeout=2,
        read_timeout=5,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=settings.writers,
    )
    s3 = boto3.client("s3", region_name=settings.region, endpoint_url=settings.endpoint, config=config)
    return _Parts(
        validation=Validation(
            S3DeadLetters(s3, settings.bucket, settings.prefix),
            settings.late_seconds,
            ThreadPoolExecutor(settings.writers, thread_name_prefix="dead-letters"),
            _log,
            _now,
        ),
        watch=Watch(
            S3State(s3, settings.bucket, settings.prefix),
            EventBridge.at(settings.bus, settings.region, settings.endpoint, f"coattail.{SERVICE}"),
            Bounds(settings.floor, settings.periods, settings.period_seconds * 1_000_000),
            settings.report_seconds,
            _log,
            _now,
            _metrics,
        ),
        period_micros=settings.period_seconds * 1_000_000,
    )


def _now() -> int:
    return time.time_ns() // 1000
