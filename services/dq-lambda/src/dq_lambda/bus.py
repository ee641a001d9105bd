"""What the Lambda found, told to the EventBridge bus."""

from typing import Any, Final, Protocol

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from coattail_common.contracts import Event

SOURCE: Final = "coattail.dq-lambda"


class SendError(RuntimeError):
    """The bus did not take an event."""


class Bus(Protocol):
    """Where events go."""

    def event(self, event: Event) -> None:
        """Send an event under its own type; returns when the bus has it. Raises `SendError`."""
        ...


class EventBridge:
    """The bus itself."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def event(self, event: Event) -> None:
        """See `Bus.event`."""
        entry = {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": event.detail_type,
            "Detail": msgspec.json.encode(event).decode(),
        }
        try:
            (result,) = self._client.put_events(Entries=[entry])["Entries"]
        except (BotoCoreError, ClientError) as error:
            raise SendError(str(error)) from error
        if "ErrorCode" in result:
            message = f"the bus {self._name} refused {event.detail_type}: {result['ErrorCode']}"
            raise SendError(message)
