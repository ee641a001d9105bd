"""Sessions one after the other: full-jitter exponential backoff between them, begun again after a session that was
sound.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from math import inf
from typing import Any, Final

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential
from tenacity.wait import wait_base

from coattail_connector.frames.messages import SessionRefusedError
from coattail_connector.socket.closing import SocketClosedError

TRANSIENT: Final = (OSError, EOFError, SocketClosedError, SessionRefusedError)
"""What ends a session and may be over at the next attempt."""


def full_jitter(most: float) -> wait_base:
    """Before the n-th attempt in a row: a random time between 0 and min(`most`, 2ⁿ⁻¹) seconds."""
    return wait_random_exponential(multiplier=1, max=most)


FULL_JITTER: Final = full_jitter(60)
"""What is waited unless told otherwise."""


class StoppedError(Exception):
    """The connector was told to stop while it waited for something."""


async def unless[T](stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which is cancelled when `stop` is set first. Raises `StoppedError` then."""
    working = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise StoppedError
        return working.result()
    finally:
        working.cancel()
        stopping.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)


class Reconnection:
    """When to try again. `told` hears of each session that ended: the error, and the seconds until the next attempt."""

    def __init__(
        self, wait: wait_base, stop: asyncio.Event, healthy_after: float, told: Callable[[BaseException, float], None]
    ) -> None:
        self._wait = wait
        self._stop = stop
        self._healthy_after = healthy_after
        self._told = told
        self._moved_at = -inf
        self._moves_in_a_row = 0

    async def until_stopped(self, session: Callable[[], Awaitable[None]]) -> None:
        """Run `session` again whenever a transient error ends it. Other errors are raised; `StoppedError` when told to
        stop.
        """
        loop = asyncio.get_running_loop()
        async for attempt in self._attempts():
            with attempt:
                began = loop.time()
                try:
                    await session()
                finally:
                    if loop.time() - began >= self._healthy_after:
                        attempt.retry_state.attempt_number = 1

    async def moved[T](self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of `work`, another session beside the present one, tried again over transient errors.

        Soon after the last such move it waits first, and longer each time: a session that is at its end from the beginning is
        no better than one that fails.
        """
        loop = asyncio.get_running_loop()
        attempts = self._attempts()
        if loop.time() - self._moved_at < self._healthy_after:
            self._moves_in_a_row += 1
            state = RetryCallState(attempts, None, (), {})
            state.attempt_number = self._moves_in_a_row
            await unless(self._stop, asyncio.sleep(self._wait(state)))
        else:
            self._moves_in_a_row = 0
        try:
            return await attempts(work)
        finally:
            self._moved_at = loop.time()

    def _seconds(self, state: RetryCallState) -> float:
        """What is waited before the next attempt: at least what the exchange asked for."""
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, SessionRefusedError) else 0.0
        return asked + self._wait(state)

    def _attempts(self) -> AsyncRetrying:
        return AsyncRetrying(
            wait=self._seconds,
            sleep=lambda seconds: unless(self._stop, asyncio.sleep(seconds)),
            retry=retry_if_exception_type(TRANSIENT),
            before_sleep=self._tell,
            reraise=True,
        )

    def _tell(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        self._told(error or EOFError("the session ended"), state.upcoming_sleep)
