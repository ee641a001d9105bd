"""A batch's figures as metrics."""

from aws_lambda_powertools import Metrics

from coattail_runtime.telemetry import MetricUnit
from dq_lambda.validation import Outcome


def report(metrics: Metrics, outcome: Outcome, now: int) -> None:
    """Write the figures of the records that are done. `now`: UTC, µs.

    `QualityScore` and `FailureRate` are those of this batch; over time, score the sums of `Passed` and `RecordsProcessed`.
    `HandledAfterMs` is how long before the batch's oldest record had arrived in the stream.
    """
    if not outcome.done:
        return
    tally = outcome.tally
    metrics.add_metric("RecordsProcessed", MetricUnit.Count, tally.processed)
    metrics.add_metric("Passed", MetricUnit.Count, tally.passed)
    metrics.add_metric("Failed", MetricUnit.Count, tally.failed)
    metrics.add_metric("Late", MetricUnit.Count, tally.late)
    metrics.add_metric("Duplicate", MetricUnit.Count, tally.duplicate)
    metrics.add_metric("QualityScore", MetricUnit.Percent, 100 * tally.passed / tally.processed)
    metrics.add_metric("FailureRate", MetricUnit.Percent, 100 * tally.failed / tally.processed)
    oldest = min(one.record.arrived_at for one in outcome.done)
    metrics.add_metric("HandledAfterMs", MetricUnit.Milliseconds, (now - oldest) / 1000)
    metrics.flush_metrics()


def report_damage(metrics: Metrics) -> None:
    """Count a common quality state that could not be read, or did not fit, and began again."""
    metrics.add_metric("QualityStateDamaged", MetricUnit.Count, 1)
    metrics.flush_metrics()
