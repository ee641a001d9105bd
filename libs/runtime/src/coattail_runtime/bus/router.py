"""The seam between the detectors' runner and where alerts go."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

from coattail_common.contracts import Alert, Event


class AlertRouter(ABC):
    """Takes alerts, and sees to it that each reaches those who wait for it: at least once, always under the same `alert_id`.

    Both methods return at once and never raise, whatever the bus does: detection does not wait for it.
    """

    @abstractmethod
    def route(self, alerts: Iterable[Alert]) -> None:
        """Take alerts that the next landing will land."""

    @abstractmethod
    def tell(self, event: Event) -> None:
        """Take an event about the service itself."""
