"""The application's metrics, one EMF line a batch and a landing."""

from collections.abc import Sequence
from typing import Protocol

from aws_lambda_powertools import Metrics

from coattail_common.contracts import Alert
from coattail_common.telemetry import MetricUnit
from stream_detectors.observation import Observation


class Meter(Protocol):
    """What is counted: trades and refusals seen, alerts raised, how long batches and landings took."""

    def batch(self, observation: Observation, micros: int) -> None:
        """A batch went through detection."""
        ...

    def landing(self, trades: int, micros: int) -> None:
        """A landing was committed."""
        ...

    def alerts(self, alerts: Sequence[Alert]) -> None:
        """Alerts left by the bus."""
        ...

    def failure(self, module_id: str) -> None:
        """A module failed in a batch."""
        ...


class NoMeter:
    """Counts nothing: for what is not the stream, like the warm-up."""

    def batch(self, observation: Observation, micros: int) -> None:
        """See `Meter.batch`."""

    def landing(self, trades: int, micros: int) -> None:
        """See `Meter.landing`."""

    def alerts(self, alerts: Sequence[Alert]) -> None:
        """See `Meter.alerts`."""

    def failure(self, module_id: str) -> None:
        """See `Meter.failure`."""


class EmfMeter:
    """CloudWatch's embedded metric format on standard output."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def batch(self, observation: Observation, micros: int) -> None:
        """See `Meter.batch`."""
        self._metrics.add_metric("TradesSeen", MetricUnit.Count, observation.trades)
        self._metrics.add_metric("LinesRefused", MetricUnit.Count, sum(observation.refused.values()))
        self._metrics.add_metric("BatchMilliseconds", MetricUnit.Milliseconds, micros / 1000)
        self._metrics.flush_metrics()

    def landing(self, trades: int, micros: int) -> None:
        """See `Meter.landing`."""
        self._metrics.add_metric("TradesLanded", MetricUnit.Count, trades)
        self._metrics.add_metric("LandingMilliseconds", MetricUnit.Milliseconds, micros / 1000)
        self._metrics.flush_metrics()

    def alerts(self, alerts: Sequence[Alert]) -> None:
        """See `Meter.alerts`."""
        self._metrics.add_metric("AlertsRaised", MetricUnit.Count, len(alerts))

    def failure(self, module_id: str) -> None:
        """See `Meter.failure`."""
        self._metrics.add_metadata("failed_module", module_id)
        self._metrics.add_metric("ModuleFailures", MetricUnit.Count, 1)
