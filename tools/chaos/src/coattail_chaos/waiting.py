"""Waiting for what other processes do, which only looking can tell."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from coattail_chaos.errors import ChaosError

EVERY_SECONDS: Final = 0.02


async def until(condition: Callable[[], bool], what: str, within: float) -> None:
    """Return when `condition` holds. Raises `ChaosError`, which names `what` was waited for, after `within` seconds."""

    async def look() -> bool:
        return condition()

    await until_told(look, what, within)


async def until_told(condition: Callable[[], Awaitable[bool]], what: str, within: float) -> None:
    """The same with a condition that somebody has to be asked for."""
    try:
        async with asyncio.timeout(within):
            while not await condition():  # noqa: ASYNC110  (other processes set no event)
                await asyncio.sleep(EVERY_SECONDS)
    except TimeoutError as error:
        raise ChaosError(f"waited {within:.0f} s in vain until {what}") from error
