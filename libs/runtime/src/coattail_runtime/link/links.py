"""Several writers as one sink: a market holds to one of them."""

import asyncio
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final

from coattail_common.lines import MarketName
from coattail_runtime.link.client import MOST_UNACCEPTED_BYTES, MOST_UNACCEPTED_TRADES, LinkClient
from coattail_runtime.sink import TradeQueue

_QUEUED: Final = 1_000
"""Trades on their way from the connector's queue to one writer's link."""


class Links:
    """A `TradeSink` over the writers at `urls`, with a `LinkClient` each, made with `options`.

    Which writer a market goes to follows from the names alone, so all connectors agree on it, and a writer more takes
    markets only to itself. While a market's writer is away its trades wait for it: nobody else puts them meanwhile, and
    its order needs no agreement between writers.

    The links share what a connector may keep: `max_unaccepted_trades` and `max_unaccepted_bytes`, in equal parts.
    """

    def __init__(
        self,
        urls: Sequence[str],
        producer: str,
        *,
        max_unaccepted_trades: int = MOST_UNACCEPTED_TRADES,
        max_unaccepted_bytes: int = MOST_UNACCEPTED_BYTES,
        **options: Any,
    ) -> None:
        writers = dict.fromkeys(urls)
        if not writers:
            problem = "a link needs the address of a writer"
            raise ValueError(problem)
        options["max_unaccepted_trades"] = max(1, max_unaccepted_trades // len(writers))
        options["max_unaccepted_bytes"] = max(1, max_unaccepted_bytes // len(writers))
        self._clients = {url: LinkClient(url, producer, **options) for url in writers}

    @property
    def unaccepted_trades(self) -> int:
        """Trades taken from the queue that are not in the stream yet."""
        return sum(client.unaccepted_trades for client in self._clients.values())

    async def drain(self, queue: TradeQueue) -> None:
        """See `TradeSink.drain`. Raises `LinkRefusedError` when one of the writers refuses this producer."""
        if len(self._clients) == 1:
            await next(iter(self._clients.values())).drain(queue)
            return
        queues: dict[str, TradeQueue] = {url: asyncio.Queue(_QUEUED) for url in self._clients}
        try:
            async with asyncio.TaskGroup() as group:
                for url, client in self._clients.items():
                    group.create_task(client.drain(queues[url]))
                group.create_task(self._share(queue, queues))
        except* Exception as errors:
            raise errors.exceptions[0] from None

    async def _share(self, queue: TradeQueue, queues: dict[str, TradeQueue]) -> None:
        """Put each trade where its market belongs, until the queue has ended."""
        found: dict[MarketName, TradeQueue] = {}
        try:
            while True:
                trade = await queue.get()
                market = trade.market
                if (way := found.get(market)) is None:
                    way = found[market] = queues[writer_of(market.exchange, market.symbol, tuple(queues))]
                await way.put(trade)
        except asyncio.QueueShutDown:
            for way in queues.values():
                way.shutdown()


def writer_of(source: str, key: str, urls: Sequence[str]) -> str:
    """The one of the writers that a market holds to: the one whose name and the market's have the highest hash together.

    Source: D. Thaler, C. Ravishankar, "Using name-based mappings to increase hit rates", 1998 (rendezvous hashing).
    """
    return max(urls, key=lambda url: (blake2b(f"{url} {source} {key}".encode(), digest_size=8).digest(), url))
