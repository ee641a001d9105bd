"""For tests of connectors over a socket: one that is streaming, from an exchange that does what the test does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from coattail_connector.base import BaseConnector
from coattail_runtime.sink import TradeQueue
from coattail_testing.connector import FakeExchange


class Scene[C: BaseConnector]:
    """A connector that is streaming, the exchange it streams from, and the queue it streams to."""

    def __init__(self, exchange: FakeExchange, connector: C, queue: TradeQueue, streaming: asyncio.Task[None]) -> None:
        self.exchange = exchange
        self.connector = connector
        self.queue = queue
        self.streaming = streaming

    async def ids(self, count: int) -> list[int]:
        """The ids of the next so many trades that it hands on."""
        return [(await self.queue.get()).trade_id for _ in range(count)]


@asynccontextmanager
async def streaming[C: BaseConnector](connector: Callable[[str], C], *, queue_size: int = 0) -> AsyncIterator[Scene[C]]:
    """What `connector` makes of an exchange's address, streaming until the end; raises what it raised when told to end.

    A test that expects it to end by itself awaits `streaming` of the scene.
    """
    async with FakeExchange() as exchange:
        made = connector(exchange.url)
        queue: TradeQueue = asyncio.Queue(queue_size)
        task = asyncio.create_task(made.stream(queue))
        try:
            yield Scene(exchange, made, queue, task)
        finally:
            ended_by_itself = task.done()
            await made.shutdown()
            await asyncio.gather(task, return_exceptions=ended_by_itself)
