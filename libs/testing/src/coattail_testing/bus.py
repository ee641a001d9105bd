"""For tests of whatever sends alerts or events: a bus that takes or refuses them."""

import threading
from collections.abc import Callable, Sequence

from coattail_common.contracts import Alert, Event
from coattail_runtime.bus.entries import Message, Refusal


class FakeBus:
    """Keeps what it is sent. While it has a `reason` it refuses everything for it, and if it is `stubborn` for good, so that nobody
    tries again; what is in `never` it refuses for good."""

    def __init__(self, reason: str | None = None, *, stubborn: bool = False) -> None:
        self.reason = reason
        self.stubborn = stubborn
        self.never: set[str] = set()
        self.offers = 0
        self.alerts: list[Alert] = []
        self.events: list[Event] = []
        self._changed = threading.Condition()

    def send(self, messages: Sequence[Message]) -> Sequence[Refusal]:
        """See `Bus.send`."""
        with self._changed:
            self.offers += 1
            refusals = [self._refusal(one) for one in messages]
            for message, refusal in zip(messages, refusals, strict=True):
                if refusal is None:
                    (self.alerts if isinstance(message, Alert) else self.events).append(message)  # type: ignore[arg-type]
            self._changed.notify_all()
            return [one for one in refusals if one is not None]

    def wait_for(self, holds: Callable[[], bool]) -> bool:
        """Wait until it holds, half a minute at most; return whether it does."""
        with self._changed:
            return self._changed.wait_for(holds, timeout=30)

    def _refusal(self, message: Message) -> Refusal | None:
        if self.reason is not None:
            return Refusal(message, self.reason, self.stubborn)
        if isinstance(message, Alert) and message.alert_id in self.never:
            return Refusal(message, "MalformedDetail", for_good=True)
        return None
