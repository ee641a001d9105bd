"""What the writer has done since the last time it was asked, as metrics."""

import msgspec
from aws_lambda_powertools import Metrics

from coattail_runtime.telemetry import MetricUnit


class Depth(msgspec.Struct, frozen=True):
    """The spool: its bytes, and how many damaged pieces were set aside since the process began."""

    bytes: int
    damaged: int


class WriterMetrics:
    """Counters between two reports."""

    def __init__(self, record_bytes: int) -> None:
        self._record_bytes = record_bytes
        self.trades = 0
        self.records = 0
        self.refused = 0
        self.retries = 0
        self.bytes = 0

    def report(self, metrics: Metrics, oldest_ms: float, spool: Depth | None = None) -> None:
        """Add the figures to `metrics` as one EMF line, and begin again.

        `BatchFill` is how full the records were on average, in percent of the size at which one leaves (beyond 100 where a
        market lagged, see `lane.LAGGING`);
        `OldestUnacceptedMs` is how long the oldest trade has waited that is not in the stream. `SpoolBytes` and
        `SpoolDamaged` are given where there is a spool.
        """
        fill = 100 * self.bytes / (self.records * self._record_bytes) if self.records else 0.0
        metrics.add_metric("TradesAccepted", MetricUnit.Count, self.trades)
        metrics.add_metric("RecordsSent", MetricUnit.Count, self.records)
        metrics.add_metric("RecordsRefused", MetricUnit.Count, self.refused)
        metrics.add_metric("Retries", MetricUnit.Count, self.retries)
        metrics.add_metric("Bytes", MetricUnit.Bytes, self.bytes)
        metrics.add_metric("BatchFill", MetricUnit.Percent, fill)
        metrics.add_metric("OldestUnacceptedMs", MetricUnit.Milliseconds, oldest_ms)
        if spool is not None:
            metrics.add_metric("SpoolBytes", MetricUnit.Bytes, spool.bytes)
            metrics.add_metric("SpoolDamaged", MetricUnit.Count, spool.damaged)
        metrics.flush_metrics()
        self.trades = self.records = self.refused = self.retries = self.bytes = 0
