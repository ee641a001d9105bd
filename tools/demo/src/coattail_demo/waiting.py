"""Waiting for a condition that only asking can tell."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], Awaitable[bool]], *, every: float = 0.2) -> None:
    """Return when `condition` holds; asked every so many seconds. Put it under `asyncio.timeout` for an end."""
    while True:
        if await condition():
            return
        await asyncio.sleep(every)
