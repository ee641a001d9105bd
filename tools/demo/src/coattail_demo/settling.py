"""Waiting at the end until the tables hold all that was sent."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from coattail_demo.gathering import Progress, Witness
from coattail_demo.proof import judge

_POLL_SECONDS: Final = 0.5


async def settle(
    witness: Witness,
    *,
    patience: float,
    quiet: float = 0,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> bool:
    """Wait until nothing is outstanding and, for `quiet` seconds, nothing new has come; true then.

    False when nothing has changed for `patience` seconds and something is still outstanding. The proof then says what.
    A Spark that starts, after a kill, reads nothing until it is ready: that time does not count. Whether it starts for ever is
    for the job's own limit of attempts.
    """
    seen: Progress | None = None
    changed_at = clock()
    is_outstanding = True
    while True:
        progress = await witness.progress()
        if progress != seen or not progress.spark.ready:
            if progress != seen:
                is_outstanding = judge(await witness.evidence()).outstanding > 0
            seen, changed_at = progress, clock()
        unchanged = clock() - changed_at
        if not is_outstanding and unchanged >= quiet:
            return True
        if is_outstanding and unchanged > patience:
            return False
        await sleep(_POLL_SECONDS)
