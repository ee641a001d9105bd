"""What the Lambda found and did, told to the EventBridge bus."""

from typing import Any, Final, Protocol

import msgspec
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential
from tenacity.wait import wait_base

from coattail_common.contracts import Event

SOURCE: Final = "coattail.catalog-lambda"
_ATTEMPTS: Final = 5
_WAIT: Final = wait_random_exponential(multiplier=0.1, max=2)


class Bus(Protocol):
    """Where events go."""

    def event(self, event: Event) -> None:
        """Send an event under its own type; returns when the bus has it."""
        ...


class SendError(RuntimeError):
    """The bus did not take an event."""


class EventBridge:
    """The bus itself."""

    def __init__(self, client: Any, name: str, wait: wait_base = _WAIT) -> None:
        self._client = client
        self._name = name
        self._wait = wait

    def event(self, event: Event) -> None:
        """See `Bus.event`. Raises `SendError` when the bus refuses again and again."""
        entry = {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": event.detail_type,
            "Detail": msgspec.json.encode(event).decode(),
        }
        Retrying(
            retry=retry_if_exception_type(SendError), stop=stop_after_attempt(_ATTEMPTS), wait=self._wait, reraise=True
        )(self._put, entry)

    def _put(self, entry: dict[str, str]) -> None:
        (result,) = self._client.put_events(Entries=[entry])["Entries"]
        if "ErrorCode" in result:
            message = f"the bus {self._name} refused {entry['DetailType']}: {result['ErrorCode']}"
            raise SendError(message)
