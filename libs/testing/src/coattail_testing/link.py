"""For tests of either end of the link, and of retries."""

import asyncio
from collections import deque
from collections.abc import Callable

from tenacity import RetryCallState
from tenacity.wait import wait_base

from coattail_common.lines import decode_trade, unpack
from coattail_runtime.link.batching import LineBatch


class FakeIntake:
    """An `Intake` in memory that holds at most `room` unaccepted batches and accepts them when a test says so."""

    def __init__(self, *, room: int = 1_000, accepting: bool = False) -> None:
        self.batches: list[LineBatch] = []
        """Every batch that was put, in order."""
        self.accepting = accepting
        """Whether a batch is accepted as soon as it is held."""
        self._room = asyncio.Semaphore(room)
        self._waiting: deque[Callable[[], None]] = deque()
        self._changed = asyncio.Condition()

    async def put(self, batch: LineBatch, accepted: Callable[[], None]) -> None:
        """See `Intake.put`."""
        await self._room.acquire()
        self.batches.append(batch)
        self._waiting.append(accepted)
        if self.accepting:
            self.accept()
        async with self._changed:
            self._changed.notify_all()

    def accept(self) -> None:
        """Everything held is in the stream."""
        while self._waiting:
            self._waiting.popleft()()
            self._room.release()

    async def until(self, trades: int) -> None:
        """Wait until at least so many trades were put."""
        async with self._changed:
            await self._changed.wait_for(lambda: sum(batch.count for batch in self.batches) >= trades)

    def trade_ids(self, symbol: str) -> list[int]:
        """The ids of the trades of one market, in the order they were put."""
        return [
            decode_trade(line).trade_id for batch in self.batches if batch.key == symbol for line in unpack(batch.lines)
        ]


class FakeWait(wait_base):
    """No wait at all; it notes the number of each attempt it is asked about."""

    def __init__(self) -> None:
        self.attempts: list[int] = []

    def __call__(self, retry_state: RetryCallState) -> float:
        """See `wait_base`."""
        self.attempts.append(retry_state.attempt_number)
        return 0
