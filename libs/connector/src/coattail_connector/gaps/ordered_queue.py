"""The way onto the queue: trades go in the order in which it was decided that they may go."""

import asyncio
from collections.abc import Iterable

from coattail_common.contracts import Origin
from coattail_common.lines import TradeLine
from coattail_connector.process.tally import Tally
from coattail_runtime.sink import TradeQueue


class OrderedQueue:
    """The queue and its order. The reader of the socket and the filler of gaps both put trades of a market.

    A caller that decides that trades may go calls `put` before it awaits anything else: turns are taken in that order.
    """

    def __init__(self, queue: TradeQueue, tally: Tally) -> None:
        self._queue = queue
        self._tally = tally
        self._turn = asyncio.Lock()
        self._waiting = 0

    @property
    def open(self) -> bool:
        """Whether there is room and no other caller waits, so that `put_now` may be called."""
        return not self._waiting and not self._queue.full()

    @property
    def blocked(self) -> bool:
        """Whether a caller waits for room."""
        return self._waiting > 0

    def put_now(self, trade: TradeLine) -> None:
        """Put a received trade while the queue is `open`."""
        self._queue.put_nowait(trade)
        self._tally.trade(trade)

    async def put(self, trades: Iterable[TradeLine]) -> None:
        """Put trades, one after the other, as there is room."""
        self._waiting += 1
        try:
            async with self._turn:
                for trade in trades:
                    await self._queue.put(trade)
                    if trade.origin is Origin.BACKFILL:
                        self._tally.backfill()
                    else:
                        self._tally.trade(trade)
        finally:
            self._waiting -= 1
