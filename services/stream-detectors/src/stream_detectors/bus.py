"""The EventBridge bus that alerts and events leave by."""

from collections.abc import Sequence
from typing import Any, Final, Protocol, Self

import boto3
import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from coattail_common.contracts import Alert, Event

SOURCE: Final = "coattail.stream-detectors"
ENTRIES_A_CALL: Final = 10
_CONNECT_SECONDS: Final = 3
_ANSWER_SECONDS: Final = 5
_OF_THE_ENTRY: Final = frozenset({"MalformedDetail", "InvalidArgument", "RedactionFailure"})
"""What PutEvents answers for an entry that it will never take. All else (throttled, denied, failed) may pass."""

type Message = Alert | Event


class Refusal(msgspec.Struct, frozen=True):
    """A message that the bus did not take, and why. `for_good`: the reason lies in the message itself, and no retry helps."""

    message: Message
    reason: str
    for_good: bool = False


class Bus(Protocol):
    """Where alerts and events go. At least once: a consumer tells repeats by `alert_id`."""

    def send(self, messages: Sequence[Message]) -> Sequence[Refusal]:
        """Offer messages, at most ten, once; return those that the bus did not take. Returns within seconds and never raises."""
        ...


class EventBridge:
    """The bus itself, by a client of boto3 for `events`."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    @classmethod
    def at(cls, name: str, region: str, endpoint: str | None) -> Self:
        """Return the bus of that name. A call ends after eight seconds at most: the outbox tries again, not boto3."""
        config = Config(
            connect_timeout=_CONNECT_SECONDS, read_timeout=_ANSWER_SECONDS, retries={"total_max_attempts": 1}
        )
        return cls(boto3.client("events", region_name=region, endpoint_url=endpoint, config=config), name)

    def send(self, messages: Sequence[Message]) -> Sequence[Refusal]:
        """See `Bus.send`."""
        try:
            results = self._client.put_events(Entries=[self._entry(message) for message in messages])["Entries"]
        except (BotoCoreError, ClientError, OSError) as error:
            # Of several, one may be at fault: the outbox offers them one by one next.
            for_good = _is_of_the_call(error) and len(messages) == 1
            return [Refusal(message, _describe(error), for_good) for message in messages]
        return [
            Refusal(
                message,
                f"{result['ErrorCode']}: {result.get('ErrorMessage', '')}",
                result["ErrorCode"] in _OF_THE_ENTRY,
            )
            for message, result in zip(messages, results, strict=True)
            if "ErrorCode" in result
        ]

    def _entry(self, message: Message) -> dict[str, str]:
        return {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": "alert.raised" if isinstance(message, Alert) else message.detail_type,
            "Detail": msgspec.json.encode(message).decode(),
        }


class NoBus:
    """For work without a cloud: alerts rest in their tables only."""

    def send(self, messages: Sequence[Message]) -> Sequence[Refusal]:  # noqa: ARG002  (the seam's signature)
        """Take them all."""
        return ()


def _is_of_the_call(error: Exception) -> bool:
    """Whether EventBridge refused what the call says, as it does for a message that is too large."""
    return isinstance(error, ClientError) and error.response["Error"]["Code"] in {
        "ValidationException",
        "SerializationException",
    }


def _describe(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:500]
