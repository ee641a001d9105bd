"""A bound on memory: a caller that would exceed it waits."""

import asyncio


class ByteBudget:
    """At most `limit` bytes at once, first come first served.

    What alone is larger than the limit is let in when nothing else is.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self._turn = asyncio.Lock()
        self._freed = asyncio.Event()

    @property
    def waiting(self) -> bool:
        """Whether somebody waits."""
        return self._turn.locked()

    def fits(self, size: int) -> bool:
        """Whether `acquire` would not wait."""
        return not self.waiting and (not self.used or self.used + size <= self.limit)

    async def acquire(self, size: int) -> None:
        """Wait until `size` bytes fit, and count them. Nothing is counted when the wait is cancelled."""
        async with self._turn:
            while self.used and self.used + size > self.limit:
                self._freed.clear()
                await self._freed.wait()
            self.used += size

    def release(self, size: int) -> None:
        """Give bytes back."""
        self.used -= size
        self._freed.set()
