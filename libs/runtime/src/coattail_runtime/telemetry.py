"""Logs and metrics, the same in every service: JSON lines, and CloudWatch's embedded metric format beside them on standard output."""

from typing import Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

NAMESPACE: Final = "CoatTail"

__all__ = ["NAMESPACE", "MetricUnit", "logger", "metrics"]


def logger(service: str, level: str = "INFO") -> Logger:
    """The service's JSON logger. Each line has `level`, `timestamp` (UTC), `service`, `message` and the fields it was given."""
    return Logger(service=service, level=level, utc=True, location=None)


def metrics(service: str) -> Metrics:
    """The service's metrics, with the dimension `service`. `flush_metrics()` writes what was added as one EMF line."""
    return Metrics(namespace=NAMESPACE, service=service)
