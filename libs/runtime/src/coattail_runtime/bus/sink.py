"""The seam by which a service tells of events while its work goes on."""

from typing import Protocol

from coattail_common.contracts import Event


class EventSink(Protocol):
    """Takes events. What cannot be told is logged; the teller is not troubled with it."""

    def tell(self, event: Event) -> None:
        """Take an event. Returns at once and never raises."""
        ...


class NoEvents:
    """Nobody listens."""

    def tell(self, event: Event) -> None:
        """See `EventSink.tell`."""
