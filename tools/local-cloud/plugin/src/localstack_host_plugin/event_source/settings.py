"""What a mapping was created with.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

FOR_EVER = -1


@dataclass(frozen=True, slots=True)
class Start:
    """Where a mapping begins to read: TRIM_HORIZON, LATEST, or AT_TIMESTAMP with `timestamp` (UTC)."""

    position: str
    timestamp: datetime | None = None


@dataclass(frozen=True, slots=True)
class MappingSettings:
    """Times in seconds. `max_retries` and `max_record_age` may be `FOR_EVER`. `destination`: an ARN, if any."""

    start: Start
    batch_size: int = 100
    window: float = 0.0
    lanes: int = 1
    max_retries: int = FOR_EVER
    max_record_age: int = FOR_EVER
    bisects: bool = False
    reports_failures: bool = False
    destination: str | None = None


class UnsupportedMappingError(ValueError):
    """The mapping asks for what is not done here; the message names it."""


def read_settings(configuration: Mapping[str, Any]) -> MappingSettings:
    """From the configuration that LocalStack has made of the request, with its defaults filled in.

    Raises `UnsupportedMappingError` for filters and tumbling windows.
    """
    if configuration.get("FilterCriteria", {}).get("Filters"):
        raise UnsupportedMappingError("FilterCriteria is not supported for Kinesis here")
    if configuration.get("TumblingWindowInSeconds"):
        raise UnsupportedMappingError("TumblingWindowInSeconds is not supported here")
    timestamp = configuration.get("StartingPositionTimestamp")
    return MappingSettings(
        start=Start(configuration["StartingPosition"], timestamp and _utc(timestamp)),
        batch_size=configuration["BatchSize"],
        window=float(configuration["MaximumBatchingWindowInSeconds"]),
        lanes=configuration["ParallelizationFactor"],
        max_retries=configuration["MaximumRetryAttempts"],
        max_record_age=configuration["MaximumRecordAgeInSeconds"],
        bisects=configuration["BisectBatchOnFunctionError"],
        reports_failures="ReportBatchItemFailures" in configuration.get("FunctionResponseTypes", ()),
        destination=configuration.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"),
    )


def read_kafka_settings(configuration: Mapping[str, Any]) -> MappingSettings:
    """From the configuration of a mapping of Kafka: without provisioned pollers, a batch comes again whole until it succeeds.

    Raises `UnsupportedMappingError` for filters, destinations and provisioned pollers.
    """
    for name in ("FilterCriteria", "DestinationConfig", "ProvisionedPollerConfig"):
        if configuration.get(name):
            raise UnsupportedMappingError(f"{name} is not supported for Kafka here")
    timestamp = configuration.get("StartingPositionTimestamp")
    return MappingSettings(
        start=Start(configuration["StartingPosition"], timestamp and _utc(timestamp)),
        batch_size=configuration["BatchSize"],
        window=float(configuration["MaximumBatchingWindowInSeconds"]),
    )


KAFKA_DEFAULTS: Mapping[str, Any] = {
    "BatchSize": 100,
    "MaximumBatchingWindowInSeconds": 0,
    "StartingPosition": "TRIM_HORIZON",
    "LastProcessingResult": "No records processed",
}
"""What a mapping of Kafka has when its request does not say."""


def _utc(timestamp: datetime) -> datetime:
    # LocalStack decodes wire timestamps to naive UTC datetimes.
    return timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)
