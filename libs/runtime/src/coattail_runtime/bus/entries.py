"""Messages as PutEvents takes them, and what its answer says of each. Every sender of ours makes and reads them here."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from botocore.exceptions import ClientError

from coattail_common.contracts import Alert, Event

ENTRIES_A_CALL: Final = 10
CONNECT_SECONDS: Final = 3
ANSWER_SECONDS: Final = 5
"""A call ends after eight seconds at most: who sends tries again, not the client."""
_THEIR_FAULT: Final = 500
_OF_THE_ENTRY: Final = frozenset({"MalformedDetail", "InvalidArgument", "RedactionFailure"})
"""What PutEvents answers for an entry that it will never take. All else (throttled, denied, failed) may pass."""
_OF_THE_CALL: Final = frozenset({"ValidationException", "SerializationException"})
"""What it answers for a call whose content it refuses, as it does for a message that is too large."""

type Message = Alert | Event


class Refusal(msgspec.Struct, frozen=True):
    """A message that the bus did not take, and why.

    `for_good`: the reason lies in the message itself, and no retry helps. `answered` is false where the bus said nothing, or failed.
    """

    message: Message
    reason: str
    for_good: bool = False
    answered: bool = True


def entries(bus: str, source: str, messages: Iterable[Message]) -> list[dict[str, str]]:
    """Return the messages as entries onto `bus` from `source` (`coattail.dq-lambda`)."""
    return [
        {
            "EventBusName": bus,
            "Source": source,
            "DetailType": type_of(message),
            "Detail": msgspec.json.encode(message).decode(),
        }
        for message in messages
    ]


def type_of(message: Message) -> str:
    """Return the message's `detail-type`."""
    return "alert.raised" if isinstance(message, Alert) else message.detail_type


def refused(messages: Sequence[Message], answer: Mapping[str, Any]) -> list[Refusal]:
    """Return those of the messages that were not taken. Raises `ValueError` for an answer that is not about as many."""
    return [
        Refusal(
            message,
            f"{result['ErrorCode']}: {result.get('ErrorMessage', '')}".rstrip(": "),
            result["ErrorCode"] in _OF_THE_ENTRY,
        )
        for message, result in zip(messages, answer["Entries"], strict=True)
        if "ErrorCode" in result
    ]


def not_taken(messages: Sequence[Message], error: Exception) -> list[Refusal]:
    """Return a refusal of each: the call failed. Of several, one may be at fault: which one shows when they are offered one by one."""
    answer: Mapping[str, Any] = error.response if isinstance(error, ClientError) else {}
    code, status = answer.get("Error", {}).get("Code"), answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    answered = isinstance(error, ClientError) and status < _THEIR_FAULT
    reason = " ".join(f"{type(error).__name__}: {error}".split())[:500]
    return [Refusal(message, reason, code in _OF_THE_CALL and len(messages) == 1, answered) for message in messages]
