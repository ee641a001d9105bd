"""The seam between a connector and whatever takes its trades: the link to the writer, or the writer itself in one process."""

import asyncio
from typing import Protocol

from coattail_common.lines import TradeLine

type TradeQueue = asyncio.Queue[TradeLine]
"""Bounded. A connector awaits `put`, so a slow sink slows the reading of the socket; nothing is dropped because it is full."""


class TradeSink(Protocol):
    """Something that drains a queue of trades."""

    async def drain(self, queue: TradeQueue) -> None:
        """Take trades until the queue is shut down and empty, and return when every one of them is accepted (in Kinesis).

        Order per market is kept. Trouble downstream is retried without limit; it never raises for what can still succeed.
        """
        ...
