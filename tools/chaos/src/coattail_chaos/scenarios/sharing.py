"""A dose that is shared: every connector, or every writer, suffers its part of it, all at the same time."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any


async def shared[T](suffering: Sequence[T], times: int, do: Callable[[T, int], Coroutine[Any, Any, None]]) -> None:
    """Let each of them suffer its share of `times`, which differ by one at most, and once at least."""
    async with asyncio.TaskGroup() as group:
        for place, one in enumerate(suffering):
            share = (times + len(suffering) - 1 - place) // len(suffering)
            group.create_task(do(one, max(1, share)))


async def each[T](suffering: Sequence[T], do: Callable[[T], Coroutine[Any, Any, None]]) -> None:
    """Let each of them suffer the whole."""
    async with asyncio.TaskGroup() as group:
        for one in suffering:
            group.create_task(do(one))
