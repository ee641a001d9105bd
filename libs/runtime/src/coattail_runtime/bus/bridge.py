"""The bus for services that wait for its answer, by boto3."""

from collections.abc import Sequence
from typing import Any, Final, Protocol, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_after_delay, wait_random_exponential
from tenacity.wait import wait_base

from coattail_common.contracts import Event
from coattail_runtime.bus.entries import ANSWER_SECONDS, CONNECT_SECONDS, Message, Refusal, entries, not_taken, refused

ATTEMPTS: Final = 5
PATIENCE_SECONDS: Final = 8
"""A bus that hangs must not use up an invocation: after so long no further attempt begins."""
_WAIT: Final = wait_random_exponential(multiplier=0.1, max=2)


class Bus(Protocol):
    """Where alerts and events go. At least once: a consumer tells repeats by `alert_id`."""

    def send(self, messages: Sequence[Message]) -> Sequence[Refusal]:
        """Offer messages, at most ten, once; return those that the bus did not take. Returns within seconds and never raises."""
        ...


class SendError(RuntimeError):
    """The bus did not take an event."""


class EventBridge:
    """The bus `name` itself, by a client of boto3 for `events`; messages come from `source` (`coattail.stream-detectors`)."""

    def __init__(self, client: Any, name: str, source: str) -> None:
        self._client = client
        self._name = name
        self._source = source

    @classmethod
    def at(cls, name: str, region: str, endpoint: str | None, source: str) -> Self:
        """Return the bus of that name, at AWS or at `endpoint`."""
        config = Config(connect_timeout=CONNECT_SECONDS, read_timeout=ANSWER_SECONDS, retries={"total_max_attempts": 1})
        return cls(boto3.client("events", region_name=region, endpoint_url=endpoint, config=config), name, source)

    def send(self, messages: Sequence[Message]) -> Sequence[Refusal]:
        """See `Bus.send`."""
        try:
            return refused(messages, self._client.put_events(Entries=entries(self._name, self._source, messages)))
        except (BotoCoreError, ClientError, OSError) as error:
            return not_taken(messages, error)


class NoBus:
    """For work without a cloud: alerts rest in their tables only."""

    def send(self, messages: Sequence[Message]) -> Sequence[Refusal]:  # noqa: ARG002  (the seam's signature)
        """Take them all."""
        return ()


def deliver(bus: Bus, event: Event, wait: wait_base = _WAIT) -> None:
    """Offer an event until the bus has it. Raises `SendError` when it refuses it for good, or again and again."""
    stop = stop_after_attempt(ATTEMPTS) | stop_after_delay(PATIENCE_SECONDS)
    Retrying(retry=retry_if_exception_type(_RefusedError), stop=stop, wait=wait, reraise=True)(_offer, bus, event)


class _RefusedError(SendError):
    """It may take it the next time."""


def _offer(bus: Bus, event: Event) -> None:
    for refusal in bus.send([event]):
        message = f"the bus refused {event.detail_type}: {refusal.reason}"
        raise SendError(message) if refusal.for_good else _RefusedError(message)
