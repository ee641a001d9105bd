"""The application's metrics, one EMF line a batch and a landing."""

import threading
from collections.abc import Sequence
from typing import Protocol

from aws_lambda_powertools import Metrics

from coattail_common.contracts import Alert
from coattail_runtime.telemetry import MetricUnit
from stream_detectors.observation import Observation


class PipelineMetrics(Protocol):
    """What is counted: trades and refusals seen, alerts raised, how long batches and landings took."""

    def batch(self, observation: Observation, micros: int) -> None:
        """A batch went through detection."""
        ...

    def landing(self, trades: int, micros: int) -> None:
        """A landing was committed."""
        ...

    def repeats(self, conflicting: int, not_compared: int) -> None:
        """Trades of a landing had ids that came before: `conflicting` with other contents, `not_compared` with nothing to compare to."""
        ...

    def alerts(self, alerts: Sequence[Alert]) -> None:
        """The bus took alerts."""
        ...

    def unsent(self, alerts: int, micros: int) -> None:
        """The bus does not take alerts: so many wait, the oldest for so long (µs)."""
        ...

    def unsendable(self) -> None:
        """An alert or event was given up: the bus will never take it, or there is no room for it."""
        ...

    def failure(self, module_id: str) -> None:
        """A module failed in a batch."""
        ...

    def late(self, module_id: str, trades: int) -> None:
        """Trades came after a module had closed their window: they are in the table, and in no window of it."""
        ...


class NoMetrics:
    """Counts nothing: for what is not the stream, like the warm-up."""

    def batch(self, observation: Observation, micros: int) -> None:
        """See `PipelineMetrics.batch`."""

    def landing(self, trades: int, micros: int) -> None:
        """See `PipelineMetrics.landing`."""

    def repeats(self, conflicting: int, not_compared: int) -> None:
        """See `PipelineMetrics.repeats`."""

    def alerts(self, alerts: Sequence[Alert]) -> None:
        """See `PipelineMetrics.alerts`."""

    def unsent(self, alerts: int, micros: int) -> None:
        """See `PipelineMetrics.unsent`."""

    def unsendable(self) -> None:
        """See `PipelineMetrics.unsendable`."""

    def failure(self, module_id: str) -> None:
        """See `PipelineMetrics.failure`."""

    def late(self, module_id: str, trades: int) -> None:
        """See `PipelineMetrics.late`."""


class EmfMetrics:
    """CloudWatch's embedded metric format on standard output."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        # The threads of query, landing and outbox all count, and the library keeps what is counted in one place.
        self._lock = threading.Lock()

    def batch(self, observation: Observation, micros: int) -> None:
        """See `PipelineMetrics.batch`."""
        refused = sum(observation.refused.values())
        self._write(
            (MetricUnit.Count, "TradesSeen", observation.trades),
            (MetricUnit.Count, "LinesRefused", refused),
            (MetricUnit.Milliseconds, "BatchMilliseconds", micros / 1000),
        )
        if observation.delays:
            exchange, delay = max(observation.delays.items(), key=lambda one: abs(one[1]))
            self._write((MetricUnit.Seconds, "ConnectorClockSeconds", abs(delay) / 1_000_000), clock_of=exchange)

    def landing(self, trades: int, micros: int) -> None:
        """See `PipelineMetrics.landing`."""
        self._write(
            (MetricUnit.Count, "TradesLanded", trades), (MetricUnit.Milliseconds, "LandingMilliseconds", micros / 1000)
        )

    def repeats(self, conflicting: int, not_compared: int) -> None:
        """See `PipelineMetrics.repeats`."""
        self._write(
            (MetricUnit.Count, "TradesConflicting", conflicting), (MetricUnit.Count, "TradesNotCompared", not_compared)
        )

    def alerts(self, alerts: Sequence[Alert]) -> None:
        """See `PipelineMetrics.alerts`."""
        self._write((MetricUnit.Count, "AlertsRaised", len(alerts)))

    def unsent(self, alerts: int, micros: int) -> None:
        """See `PipelineMetrics.unsent`."""
        self._write(
            (MetricUnit.Count, "AlertsWaiting", alerts),
            (MetricUnit.Seconds, "AlertsWaitingSeconds", micros / 1_000_000),
        )

    def unsendable(self) -> None:
        """See `PipelineMetrics.unsendable`."""
        self._write((MetricUnit.Count, "MessagesNotSent", 1))

    def failure(self, module_id: str) -> None:
        """See `PipelineMetrics.failure`."""
        self._write((MetricUnit.Count, "ModuleFailures", 1), failed_module=module_id)

    def late(self, module_id: str, trades: int) -> None:
        """See `PipelineMetrics.late`."""
        self._write((MetricUnit.Count, "LateTrades", trades), late_module=module_id)

    def _write(self, *values: tuple[MetricUnit, str, float], **metadata: str) -> None:
        with self._lock:
            for key, text in metadata.items():
                self._metrics.add_metadata(key, text)
            for unit, name, value in values:
                self._metrics.add_metric(name, unit, value)
            self._metrics.flush_metrics()
