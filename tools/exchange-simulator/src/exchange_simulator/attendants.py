"""Tasks that live as long as a connection does."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager


@asynccontextmanager
async def attended(*coroutines: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run coroutines beside the block and cancel them at its end; the first error of one is raised then."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
