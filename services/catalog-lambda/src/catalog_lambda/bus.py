"""What the Lambda found and did, told to the EventBridge bus."""

from typing import Any, Final, Protocol

import boto3
import msgspec
from botocore.config import Config
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential
from tenacity.wait import wait_base

from coattail_common.contracts import Event

SOURCE: Final = "coattail.catalog-lambda"
CONFIG: Final = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})
"""How long the bus may take. One that hangs must not use up the invocation's two minutes: every table has its turn."""
_ATTEMPTS: Final = 5
_WAIT: Final = wait_random_exponential(multiplier=0.1, max=2)


class Bus(Protocol):
    """Where events go."""

    def event(self, event: Event) -> None:
        """Send an event under its own type; returns when the bus has it."""
        ...


class SendError(RuntimeError):
    """The bus did not take an event."""


def open_bus(name: str, region: str, endpoint: str | None) -> "EventBridge":
    """Return the bus of that name, at AWS or at `endpoint`."""
    return EventBridge(boto3.client("events", region_name=region, endpoint_url=endpoint, config=CONFIG), name)


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
