"""What a connection has sent and the writer does not hold yet."""

import asyncio
from collections import deque

from coattail_runtime.link.frames import MOST_CREDIT_BYTES, Batch, FrameError


class Inbox:
    """Batches of one connection, in the order they came. It is filled as they come, whether or not there is room for them.

    So what comes behind them is read too: a connector's pings, and the pongs it owes. A connector that keeps to its
    credit has no more here than that and one batch.
    """

    def __init__(self) -> None:
        self.reason = ""
        """What was wrong with what came after the last batch, if anything was."""
        self._batches: deque[Batch] = deque()
        self._bytes = 0
        self._taken = 0
        self._ended = False
        self._changed = asyncio.Event()

    def add(self, batch: Batch) -> None:
        """A batch came. Raises `FrameError` when no writer could have given credit for it."""
        if self._bytes >= MOST_CREDIT_BYTES:
            problem = f"batch {batch.seq} came when {self._bytes} bytes were not held, more than was given credit for"
            raise FrameError(problem)
        self._bytes += len(batch.lines)
        self._batches.append(batch)
        self._changed.set()

    def end(self, reason: str) -> None:
        """Nothing more comes."""
        self._ended, self.reason = True, reason
        self._changed.set()

    async def take(self) -> Batch | None:
        """The next batch, when it is there; the one before it is held. `None` when no more will come."""
        self._bytes -= self._taken
        self._taken = 0
        while not self._batches:
            if self._ended:
                return None
            self._changed.clear()
            await self._changed.wait()
        batch = self._batches.popleft()
        self._taken = len(batch.lines)
        return batch
