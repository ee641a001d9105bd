"""Waiting for what other processes do: they set no event, so the condition is checked again and again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from coattail_harness.errors import HarnessError

EVERY_SECONDS: Final = 0.02

type Condition = Callable[[], bool | Awaitable[bool]]


async def until(
    condition: Condition, what: str = "", within: float | None = None, *, every: float = EVERY_SECONDS
) -> None:
    """Return when `condition` holds; check it every `every` seconds.

    Raises `HarnessError`, which names `what` was awaited, after `within` seconds. Without `within` it waits for ever:
    put it under `asyncio.timeout`.
    """
    try:
        async with asyncio.timeout(within) as limit:
            while not await _holds(condition):  # noqa: ASYNC110  (other processes set no event)
                await asyncio.sleep(every)
    except TimeoutError as error:
        if not limit.expired():  # it came from the condition
            raise
        raise HarnessError(f"waited {within or 0:.0f} s in vain until {what}") from error


async def _holds(condition: Condition) -> bool:
    answer = condition()
    return answer if isinstance(answer, bool) else await answer
