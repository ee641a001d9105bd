"""Alerts and events leave by the EventBridge bus as soon as they are known."""

from collections.abc import Iterable, Sequence
from itertools import batched
from typing import Any, Final, Protocol

import msgspec
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from coattail_common.contracts import Alert, Event

SOURCE: Final = "coattail.stream-detectors"
_ENTRIES_A_CALL: Final = 10
_ATTEMPTS: Final = 8


class Bus(Protocol):
    """Where alerts and events go. At least once: a consumer tells repeats by `alert_id`."""

    def alerts(self, alerts: Sequence[Alert]) -> None:
        """Send alerts as `alert.raised`; returns when the bus has them all."""
        ...

    def event(self, event: Event) -> None:
        """Send an event under its own type."""
        ...


class SendError(RuntimeError):
    """The bus did not take everything."""


class EventBridge:
    """The bus itself."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def alerts(self, alerts: Sequence[Alert]) -> None:
        """See `Bus.alerts`. Raises `SendError` when the bus refuses again and again."""
        self._send(self._entry("alert.raised", alert) for alert in alerts)

    def event(self, event: Event) -> None:
        """See `Bus.event`."""
        self._send([self._entry(event.detail_type, event)])

    def _entry(self, detail_type: str, detail: msgspec.Struct) -> dict[str, str]:
        return {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": detail_type,
            "Detail": msgspec.json.encode(detail).decode(),
        }

    def _send(self, entries: Iterable[dict[str, str]]) -> None:
        for part in batched(entries, _ENTRIES_A_CALL, strict=False):
            waiting = list(part)
            for attempt in Retrying(
                retry=retry_if_exception_type(SendError),
                stop=stop_after_attempt(_ATTEMPTS),
                wait=wait_random_exponential(multiplier=0.1, max=5),
                reraise=True,
            ):
                with attempt:
                    waiting = self._put(waiting)

    def _put(self, entries: list[dict[str, str]]) -> list[dict[str, str]]:
        answer = self._client.put_events(Entries=entries)
        refused = [entry for entry, result in zip(entries, answer["Entries"], strict=True) if "ErrorCode" in result]
        if refused:
            entries[:] = refused
            codes = sorted({result["ErrorCode"] for result in answer["Entries"] if "ErrorCode" in result})
            message = f"the bus refused {len(refused)} entries: {', '.join(codes)}"
            raise SendError(message)
        return []


class NoBus:
    """For work without a cloud: alerts rest in their tables only."""

    def alerts(self, alerts: Sequence[Alert]) -> None:
        """Nobody listens."""

    def event(self, event: Event) -> None:
        """Nobody listens."""
