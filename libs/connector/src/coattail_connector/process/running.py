"""A connector and a sink in one process: what the services do over the link, and what an embedded writer does without
it.
"""

import asyncio

import msgspec

from coattail_connector.base import BaseConnector
from coattail_runtime.sink import TradeQueue, TradeSink


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
    failed: list[Exception] = []
    try:
        async with asyncio.timeout(None) as limit:

            async def read() -> None:
                try:
                    await connector.stream(queue)
                except asyncio.QueueShutDown:
                    pass  # the sink has failed, and says why
                except Exception as error:
                    failed.append(error)
                finally:
                    queue.shutdown()
                    stop.set()

            async def drain() -> None:
                try:
                    await sink.drain(queue)
                except Exception as error:
                    failed.append(error)
                    queue.shutdown(immediate=True)  # a connector that waits for room would wait for ever
                finally:
                    stop.set()

            async def end() -> None:
                await stop.wait()
                limit.reschedule(loop.time() + drain_seconds)
                try:
                    await connector.shutdown()
                except Exception as error:
                    failed.append(error)

            await asyncio.gather(read(), drain(), end())
        complete = True
    except TimeoutError:
        complete = False
    if failed:  # also where the time was up: what ended the run is to be told
        raise failed[0]
    return Delivery(complete=complete, queued=queue.qsize())
