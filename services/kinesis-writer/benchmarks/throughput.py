"""Trades per second from a connector's queue over the link through the writer into a stream in memory, all in one process.

`python services/kinesis-writer/benchmarks/throughput.py [TRADES]`
"""

import asyncio
import sys
import time

from coattail_runtime import telemetry
from coattail_runtime.link import LinkClient, LinkServer
from coattail_runtime.sink import TradeQueue
from coattail_testing.records import a_line
from coattail_testkit.writer import FakeStream
from kinesis_writer import Reachability, Writer

SYMBOLS = ("BTC-USDT", "ETH-USDT", "SOL-USDT", "XRP-USDT")


async def measure(trades: int) -> None:
    """Print the rate, and the time of one core that a trade took."""
    log = telemetry.logger("benchmark", "ERROR")
    stream = FakeStream()
    prepared = [a_line(number, symbol=SYMBOLS[number % len(SYMBOLS)]) for number in range(trades)]
    queue: TradeQueue = asyncio.Queue(2_000)

    async def feed() -> None:
        for trade in prepared:
            await queue.put(trade)
        queue.shutdown()

    async with (
        Writer(stream, Reachability("memory", log)) as writer,
        LinkServer("127.0.0.1", 0, writer, log=log) as server,
    ):
        client = LinkClient(f"ws://127.0.0.1:{server.port}", "benchmark", log=log)
        began, used = time.perf_counter(), time.process_time()
        await asyncio.gather(feed(), client.drain(queue))
        seconds, core = time.perf_counter() - began, time.process_time() - used
    rate, cost = trades / seconds, 1e6 * core / trades
    sys.stdout.write(f"{rate:,.0f} trades/s, {cost:.1f} µs of a core each, {len(stream.records)} records\n")


if __name__ == "__main__":
    asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000))
