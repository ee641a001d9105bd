"""The trades of a run with a failing bus."""

import asyncio
from collections import Counter
from random import Random

from coattail_chaos.bus.feed import MARKETS, SHARDS, Feed
from coattail_common.ids import size
from coattail_common.lines import decode_trade, unpack
from coattail_testing.kinesis_reading import ReadableStream


async def test_it_counts_what_the_stream_holds() -> None:
    """Every id once or, where a record is put twice, more often; each whale trade is worth an alert."""
    stream = ReadableStream(*SHARDS)
    feed = Feed(stream, 3_000, Random(1))
    feeding = asyncio.create_task(feed.run())
    while not feed.repeated or len(feed.whales) < 2:  # noqa: ASYNC110  (it feeds by the clock)
        await asyncio.sleep(0.05)
    feeding.cancel()

    lines = Counter[tuple[str, int]]()
    large = set()
    for shard in SHARDS:
        for record in stream.records(shard):
            for line in unpack(record):
                trade = decode_trade(line)
                lines[trade.exchange, trade.trade_id] += 1
                if float(trade.price) * float(trade.quantity) >= 100_000:
                    large.add(f"MOD-002:whale_trade:{trade.exchange}:{trade.symbol}:{trade.trade_id}")
    assert lines.total() == feed.put + feed.repeated
    assert len(lines) == feed.put == sum(size(one.ids) for one in feed.sent())
    assert large == set(feed.whales)
    assert {one.market for one in feed.sent()} == set(MARKETS)
