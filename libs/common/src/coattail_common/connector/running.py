"""A connector and a sink in one process: what the services do over the link, and what an embedded writer does without
it.
"""

import asyncio

import msgspec

from coattail_common.connector.base import BaseConnector
from coattail_common.sink import TradeQueue, TradeSink


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended: whether the sink returned with everything accepted, and how many trades it had not taken."""

    complete: bool
    queued: int


async def run(
    connector: BaseConnector,
    sink: TradeSink,
    *,
    stop: asyncio.Event,
    queue_size: int = 10_000,
    drain_seconds: float = 25,
) -> Delivery:
    """Carry trades from the connector to the sink until `stop` is set, then until all of them are accepted.

    At most `drain_seconds` pass after the stop. Raises what ended either of the two, after the other has
    done what it still could.
    """
    queue: TradeQueue = asyncio.Queue(queue_size)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(None) as limit:

            async def read() -> None:
                try:
                    await connector.stream(queue)
                except asyncio.QueueShutDown:
                    pass  # the sink has failed, and says why
                finally:
                    queue.shutdown()
                    stop.set()

            async def drain() -> None:
                try:
                    await sink.drain(queue)
                except Exception:
                    queue.shutdown(immediate=True)  # a connector that waits for room would wait for ever
                    raise
                finally:
                    stop.set()

            async def end() -> None:
                await stop.wait()
                limit.reschedule(loop.time() + drain_seconds)
                await connector.shutdown()

            outcomes = await asyncio.gather(read(), drain(), end(), return_exceptions=True)
    except TimeoutError:
        return Delivery(complete=False, queued=queue.qsize())
    for outcome in outcomes:
        if outcome is not None:
            raise outcome
    return Delivery(complete=True, queued=0)
