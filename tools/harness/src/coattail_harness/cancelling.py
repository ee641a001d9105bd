"""Ctrl-C and SIGTERM inside an event loop: what runs is cancelled, and ends in order."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any


def _silent() -> None:
    pass


async def unless_interrupted[T](work: Coroutine[Any, Any, T], interrupted: Callable[[], None] = _silent) -> T | None:
    """Return what `work` returns, or None when Ctrl-C or SIGTERM has cancelled it, once; `interrupted` is called for each."""
    task = asyncio.current_task()

    def interrupt() -> None:
        interrupted()
        if task is not None and not task.cancelling():
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, interrupt)
    try:
        return await work
    except asyncio.CancelledError:
        return None
