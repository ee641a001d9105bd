"""The outbox: alerts and events wait here until the bus takes them, so that neither detection nor a landing waits for the bus.

An alert is never lost, and memory is bounded: every alert is also a row of `anomaly_alerts`, landed before the checkpoint that says
from when on alerts were unsent (`unsent_since`). What does not fit in memory, and what was unsent when a process died, is read
back from that table. The bus may get an alert twice.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, islice
from typing import Any, Final, Protocol

import msgspec
from aws_lambda_powertools import Logger
from tenacity import Retrying, retry_if_result, sleep_using_event, stop_when_event_set, wait_random_exponential
from tenacity.wait import wait_base

from coattail_common.contracts import Alert, Event
from coattail_runtime.bus.bridge import Bus
from coattail_runtime.bus.entries import ENTRIES_A_CALL, Message, Refusal
from coattail_runtime.bus.router import AlertRouter
from stream_detectors.metrics import PipelineMetrics

MOST_WAITING: Final = 10_000
"""Alerts kept in memory while the bus takes none, about 2 KB each."""
MOST_EVENTS: Final = 1_000
"""Events stand in no table: beyond this many the oldest is logged whole and given up."""


class Place(msgspec.Struct, frozen=True, order=True):
    """A place in `anomaly_alerts`, whose order is that of detection (UTC, µs) and id."""

    detected_at: int
    alert_id: str = ""


class Stored(Protocol):
    """The alerts that have landed."""

    def alerts_after(self, place: Place, limit: int) -> Sequence[Alert]:
        """Return at most `limit` landed alerts behind `place`, in the order of their places."""
        ...


class Outbox(AlertRouter):
    """Sends what is put into it, oldest first, by a thread of its own, and offers it again until the bus takes it."""

    def __init__(
        self,
        bus: Bus,
        metrics: PipelineMetrics,
        log: Logger,
        clock: Callable[[], int],
        *,
        most_waiting: int = MOST_WAITING,
        wait: wait_base | None = None,
    ) -> None:
        self._bus = bus
        self._metrics = metrics
        self._log = log
        self._clock = clock
        self._most_waiting = most_waiting
        self._alerts: deque[Alert] = deque()
        self._events: deque[Event] = deque()
        self._to_read_back: Place | None = None
        # How many alerts were left to the table, and of how many the landing is known.
        self._left, self._left_landed = 0, 0
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._at_a_time = ENTRIES_A_CALL
        self._failing_since: int | None = None
        self._is_behind = False
        self._attempts = Retrying(
            retry=retry_if_result(lambda is_sent: not is_sent),
            wait=wait or wait_random_exponential(multiplier=0.1, max=5),
            stop=stop_when_event_set(self._stop),
            sleep=sleep_using_event(self._stop),
            retry_error_callback=lambda _: None,
        )
        self._thread = threading.Thread(target=self._send_all, name="outbox", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def route(self, alerts: Iterable[Alert]) -> None:
        """See `AlertRouter.route`."""
        with self._changed:
            for alert in alerts:
                # While some are to be read back, later ones are read back behind them: their order stays.
                if self._to_read_back is None and len(self._alerts) < self._most_waiting:
                    self._alerts.append(alert)
                else:
                    place = Place(alert.detected_at)
                    self._to_read_back = min(self._to_read_back or place, place)
                    self._left += 1
            self._changed.notify_all()

    def tell(self, event: Event) -> None:
        """See `AlertRouter.tell`."""
        with self._changed:
            self._events.append(event)
            if len(self._events) > MOST_EVENTS:
                self._give_up(self._events.popleft(), "too many events wait for the bus")
            self._changed.notify_all()

    def recall(self, unsent_since: int | None) -> None:
        """Read back the alerts of before this process that were detected from then on (UTC, µs). None: there are none."""
        if unsent_since is not None:
            with self._changed:
                self._to_read_back = Place(unsent_since)

    def unsent_since(self) -> int | None:
        """Return when the oldest unsent alert was detected (UTC, µs); None when the bus has them all."""
        with self._changed:
            return self._oldest()

    def mark(self) -> int:
        """Return what `landed` is to be called with once everything routed until now has landed."""
        with self._changed:
            return self._left

    def landed(self, mark: int) -> None:
        """Note that everything routed before `mark` is in the table."""
        with self._changed:
            self._left_landed = mark

    def refill(self, stored: Stored) -> None:
        """Read back unsent alerts when there is room for half of what memory may keep. Reads the table; not called twice at once."""
        with self._changed:
            place, room, landed = self._to_read_back, self._most_waiting - len(self._alerts), self._left_landed
        if place is None or room * 2 < self._most_waiting:
            return
        found = stored.alerts_after(place, room)
        with self._changed:
            self._alerts.extend(found)
            # A clock that stepped back may have moved the place back meanwhile: then it is read from there, again.
            if self._to_read_back == place:
                if len(found) < room and landed == self._left:
                    self._to_read_back = None
                elif found:
                    self._to_read_back = Place(found[-1].detected_at, found[-1].alert_id)
            self._changed.notify_all()

    def close(self, seconds: float) -> None:
        """Send what waits, for at most so many seconds, and stop. Unsent alerts stay for the next start, events are logged whole."""
        with self._changed:
            if self._thread.is_alive():
                self._changed.wait_for(lambda: not self._alerts and not self._events, timeout=seconds)
            self._stop.set()
            self._changed.notify_all()
        if self._thread.is_alive():
            # A call that hangs ends by its own time-outs, and changes nothing that is sealed: at worst an alert is sent twice.
            self._thread.join(timeout=seconds)
        with self._changed:
            while self._events:
                self._give_up(self._events.popleft(), "the application ended before it was sent")
            if self._oldest() is not None:
                self._log.warning("alerts wait for the bus; the next start sends them", waiting=len(self._alerts))

    def _send_all(self) -> None:
        while not self._stop.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._alerts or self._events or self._stop.is_set())
            self._attempts(self._send)

    def _send(self) -> bool:
        """Offer the oldest messages once; return whether the bus took them all."""
        with self._changed:
            waiting_messages: chain[Message] = chain(self._events, self._alerts)
            messages = list(islice(waiting_messages, self._at_a_time))
        refusals = self._bus.send(messages) if messages else ()
        now = self._clock()
        with self._changed:
            self._settle(messages, refusals)
            waiting, oldest = len(self._alerts), self._oldest()
            self._changed.notify_all()
        # One that the bus will never take is found by offering them one by one.
        self._at_a_time = 1 if refusals else min(ENTRIES_A_CALL, self._at_a_time * 2)
        self._note([one for one in refusals if not one.for_good], waiting, oldest, now)
        return not refusals

    def _settle(self, messages: Sequence[Message], refusals: Sequence[Refusal]) -> None:
        """Take out what is sent, and what never will be."""
        again = {id(one.message) for one in refusals if not one.for_good}
        refused = {id(one.message) for one in refusals}
        done = {id(message) for message in messages} - again
        self._alerts = deque(alert for alert in self._alerts if id(alert) not in done)
        self._events = deque(event for event in self._events if id(event) not in done)
        if sent := [one for one in messages if isinstance(one, Alert) and id(one) not in refused]:
            self._metrics.alerts(sent)
        for one in refusals:
            if one.for_good:
                self._give_up(one.message, one.reason)

    def _note(self, refusals: Sequence[Refusal], waiting: int, oldest: int | None, now: int) -> None:
        """Count what waits while the bus fails, and say so when that begins and ends."""
        if refusals:
            if self._failing_since is None:
                self._failing_since = now
                self._log.warning("the bus takes no alerts; they wait", waiting=waiting, error=refusals[0].reason)
        elif self._failing_since is not None:
            seconds = (now - self._failing_since) / 1e6
            self._log.info("the bus takes alerts again", waiting=waiting, failed_seconds=seconds)
            self._failing_since = None
        if refusals or self._is_behind:
            self._metrics.unsent(waiting, 0 if oldest is None else now - oldest)
        self._is_behind = bool(refusals) or oldest is not None

    def _give_up(self, message: Message, reason: str) -> None:
        kind = "alert" if isinstance(message, Alert) else "event"
        said: Any = msgspec.json.decode(msgspec.json.encode(message))
        self._log.error(f"{kind} not sent", **{kind: said}, error=reason)
        self._metrics.unsendable()

    def _oldest(self) -> int | None:
        times = [alert.detected_at for alert in self._alerts]
        if self._to_read_back is not None:
            times.append(self._to_read_back.detected_at)
        return min(times, default=None)
