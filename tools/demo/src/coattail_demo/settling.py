"""Waiting at the end until the tables hold all that was sent."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from coattail_demo.evidence import TableState
from coattail_demo.gathering import Witnesses, gather
from coattail_demo.proof import judge

_POLL_SECONDS: Final = 0.5


async def settle(
    witnesses: Witnesses, patience: float, quiet: float = 0, clock: Callable[[], float] = time.monotonic
) -> bool:
    """Wait until nothing is outstanding and, for `quiet` seconds, nothing new has come; true then.

    False when nothing has changed for `patience` seconds and something is still outstanding. The proof then says what.
    """
    seen: tuple[TableState, int] | None = None
    changed_at = clock()
    outstanding = True
    while True:
        state = (await asyncio.to_thread(witnesses.tables.rows), len(witnesses.tap.alerts))
        if state != seen:
            seen, changed_at = state, clock()
            outstanding = judge(await gather(witnesses)).outstanding > 0
        unchanged = clock() - changed_at
        if not outstanding and unchanged >= quiet:
            return True
        if outstanding and unchanged > patience:
            return False
        await asyncio.sleep(_POLL_SECONDS)
