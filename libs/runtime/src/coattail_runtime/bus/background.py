"""Events onto the EventBridge bus, sent beside the work of a service."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import msgspec
from aiobotocore.config import AioConfig
from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, wait_random_exponential
from tenacity.wait import wait_base

from coattail_common.contracts import Event
from coattail_runtime.aws import open_client
from coattail_runtime.bus.entries import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    ENTRIES_A_CALL,
    Refusal,
    entries,
    not_taken,
    refused,
)

_WAITING: Final = 1_000
_ATTEMPTS: Final = 8
_LAST_SECONDS: Final = 5


class _UnreachableError(Exception):
    """The bus did not answer."""


class _NotTakenError(Exception):
    """The bus did not take all."""


class EventBridge:
    """`EventSink` onto the bus `bus` as `source` (`coattail.ingest-binance`), by `client`, aiobotocore's of EventBridge.

    At most 1,000 events wait, for as long as the bus does not answer. One that it refuses again and again, that finds no room, or
    that waits at the end is logged as an error with all it says.
    """

    def __init__(self, client: Any, bus: str, source: str, log: Logger, *, wait: wait_base | None = None) -> None:
        self._client = client
        self._bus = bus
        self._source = source
        self._log = log
        self._waiting: asyncio.Queue[Event] = asyncio.Queue(_WAITING)
        self._wait = wait or wait_random_exponential(multiplier=0.1, max=30)

    def tell(self, event: Event) -> None:
        """See `EventSink.tell`."""
        try:
            self._waiting.put_nowait(event)
        except asyncio.QueueFull:
            self._give_up([event], "too many events wait")

    async def send_on(self) -> None:
        """Send the events until cancelled; then give up those that were not sent."""
        events: list[Event] = []
        try:
            while True:
                events.append(await self._waiting.get())
                while len(events) < ENTRIES_A_CALL and not self._waiting.empty():
                    events.append(self._waiting.get_nowait())
                taken = len(events)
                await self._send(events)
                for _ in range(taken):
                    self._waiting.task_done()
        finally:
            while not self._waiting.empty():
                events.append(self._waiting.get_nowait())
            self._give_up(events, "the service ended before it was sent")

    async def sent(self) -> None:
        """Returns once everything that was told is sent or given up."""
        await self._waiting.join()

    async def _send(self, events: list[Event]) -> None:
        """Put events until they are taken or given up: none is left in the list."""
        attempts = AsyncRetrying(
            wait=self._wait,
            stop=stop_after_attempt(_ATTEMPTS),
            retry=retry_if_exception_type(_NotTakenError),
            reraise=True,
        )
        try:
            await attempts(self._put, events)
        except _NotTakenError as error:
            self._give_up(events, str(error))
        except Exception as error:  # also what nobody thought of: later events are to be told all the same
            self._give_up(events, f"{type(error).__name__}: {error}")
        events.clear()

    async def _put(self, events: list[Event]) -> None:
        """Put events; those that were taken leave the list."""
        until_answered = AsyncRetrying(
            wait=self._wait, retry=retry_if_exception_type(_UnreachableError), before_sleep=self._tell_unreachable
        )
        refusals: Sequence[Refusal] = await until_answered(self._call, events)
        left = {id(one.message) for one in refusals}
        events[:] = [event for event in events if id(event) in left]
        if refusals:
            raise _NotTakenError(", ".join(sorted({one.reason for one in refusals})))

    async def _call(self, events: Sequence[Event]) -> Sequence[Refusal]:
        try:
            return refused(events, await self._client.put_events(Entries=entries(self._bus, self._source, events)))
        except (BotoCoreError, ClientError, OSError) as error:
            refusals = not_taken(events, error)
            if not refusals[0].answered:
                raise _UnreachableError(refusals[0].reason) from error
            return refusals

    def _tell_unreachable(self, state: RetryCallState) -> None:
        if state.attempt_number == _ATTEMPTS:
            self._log.warning(
                "the bus does not answer; events wait and it is tried again",
                bus=self._bus,
                error=str(state.outcome.exception() if state.outcome else ""),
            )

    def _give_up(self, events: Iterable[Event], reason: str) -> None:
        for event in events:
            self._log.error(
                "an event was not told", detail_type=event.detail_type, event=msgspec.to_builtins(event), error=reason
            )


@asynccontextmanager
async def open_bus(bus: str, region: str, source: str, log: Logger) -> AsyncIterator[EventBridge]:
    """The bus, while the context is open. Endpoint and credentials come from the environment."""
    config = AioConfig(
        region_name=region,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=ANSWER_SECONDS,
        retries={"total_max_attempts": 1},
    )
    async with open_client("events", config) as client:
        events = EventBridge(client, bus, source, log)
        sending = asyncio.create_task(events.send_on())
        try:
            yield events
            with suppress(TimeoutError):
                async with asyncio.timeout(_LAST_SECONDS):
                    await events.sent()
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
