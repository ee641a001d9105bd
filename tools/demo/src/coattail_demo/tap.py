"""The alert tap: every event of the bus, from the queue behind it, stamped with the moment it arrived."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Container
from typing import Any, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from coattail_common.contracts import Alert
from coattail_demo import aws
from coattail_demo.sighting import Sighting, sighting_of

QUEUE: Final = f"coattail-{aws.ENVIRONMENT}-alert-tap"
ALERT_RAISED: Final = "alert.raised"
_POLLERS: Final = 2
_WAIT_SECONDS: Final = 20
_AT_ONCE: Final = 10
_AGAIN_SECONDS: Final = 0.5


class Envelope(msgspec.Struct, frozen=True):
    """EventBridge's envelope, as far as it concerns us."""

    source: str
    detail_type: str = msgspec.field(name="detail-type")
    detail: msgspec.Raw


class SeenAlert(msgspec.Struct, frozen=True):
    """An alert, when it came off the bus (UTC µs), and the window it is about, if it is about one."""

    alert: Alert
    arrived_at: int
    sighting: Sighting | None = None


_decode_envelope: Final = msgspec.json.Decoder(Envelope).decode
_decode_alert: Final = msgspec.json.Decoder(Alert).decode


class AlertTap:
    """What came over the bus: `alerts` once each, in order of arrival; `events` counts the others by type.

    `repeats` counts alerts that came again, which a bus that is at least once may do, and those `known` from before; `unread`
    messages that were not what the contracts say.
    """

    def __init__(
        self, now: Callable[[], int] = lambda: time.time_ns() // 1000, known: Container[str] = frozenset()
    ) -> None:
        self._now = now
        self._known = known
        self._alerts: dict[str, SeenAlert] = {}
        self.repeats = 0
        self.events: Counter[str] = Counter()
        self.unread: list[str] = []

    @property
    def alerts(self) -> tuple[SeenAlert, ...]:
        """Every alert so far."""
        return tuple(self._alerts.values())

    def arrived_at(self, alert_id: str) -> int:
        """When an alert of this tap came (UTC µs)."""
        return self._alerts[alert_id].arrived_at

    def take(self, body: str | bytes) -> None:
        """Take a message off the queue."""
        arrived_at = self._now()
        try:
            envelope = _decode_envelope(body)
            if envelope.detail_type != ALERT_RAISED:
                self.events[envelope.detail_type] += 1
                return
            alert = _decode_alert(envelope.detail)
            sighting = sighting_of(alert)
        except msgspec.DecodeError as error:
            self.unread.append(f"{error}: {body[:200]!r}")
            return
        if alert.alert_id in self._alerts or alert.alert_id in self._known:
            self.repeats += 1
        else:
            self._alerts[alert.alert_id] = SeenAlert(alert, arrived_at, sighting)


@contextlib.asynccontextmanager
async def tapped(endpoint: str, known: Container[str] = frozenset()) -> AsyncIterator[AlertTap]:
    """A tap that is read while the context is open; alerts of the ids `known` are passed over.

    More than one poller reads, so that none is missed between two polls.
    """
    tap = AlertTap(known=known)
    async with aws.client("sqs", endpoint) as sqs, asyncio.TaskGroup() as group:
        with aws.answering(f"queue {QUEUE}"):
            url = (await sqs.get_queue_url(QueueName=QUEUE))["QueueUrl"]
        pollers = [group.create_task(_poll(sqs, url, tap)) for _ in range(_POLLERS)]
        try:
            yield tap
        finally:
            for poller in pollers:
                poller.cancel()


async def _poll(sqs: Any, url: str, tap: AlertTap) -> None:
    while True:
        try:
            answer = await sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=_AT_ONCE, WaitTimeSeconds=_WAIT_SECONDS
            )
            messages = answer.get("Messages", [])
            for message in messages:
                tap.take(message["Body"])
            if messages:
                entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(messages)]
                await sqs.delete_message_batch(QueueUrl=url, Entries=entries)
        except (BotoCoreError, ClientError, OSError):
            # A cloud that does not answer for a moment is tried again; one that has died ends the demo elsewhere.
            await asyncio.sleep(_AGAIN_SECONDS)
