"""Connectors and a sink in one process: what a service does over the link, and several do with an embedded writer."""

import asyncio
from collections.abc import Sequence

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
    """Carry trades from the connector to the sink; see `run_together`."""
    return await run_together([connector], sink, stop=stop, queue_size=queue_size, drain_seconds=drain_seconds)


async def run_together(
    connectors: Sequence[BaseConnector],
    sink: TradeSink,
    *,
    stop: asyncio.Event,
    queue_size: int = 10_000,
    drain_seconds: float = 25,
) -> Delivery:
    """Carry trades from the connectors to the sink until `stop` is set, then until all of them are accepted.

    The end of one ends all. At most `drain_seconds` pass after the stop. Raises what ended the first, after the others
    have done what they still could.
    """
    queue: TradeQueue = asyncio.Queue(queue_size)
    loop = asyncio.get_running_loop()
    failed: list[Exception] = []
    reading = len(connectors)
    try:
        async with asyncio.timeout(None) as limit:

            async def read(connector: BaseConnector) -> None:
                nonlocal reading
                try:
                    await connector.stream(queue)
                except asyncio.QueueShutDown:
                    pass  # the sink has failed, and says why
                except Exception as error:
                    failed.append(error)
                finally:
                    reading -= 1
                    if not reading:
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
                ended = await asyncio.gather(*(one.shutdown() for one in connectors), return_exceptions=True)
                failed.extend(error for error in ended if isinstance(error, Exception))

            await asyncio.gather(*map(read, connectors), drain(), end())
        complete = True
    except TimeoutError:
        complete = False
    if failed:  # also where the time was up: what ended the run is to be told
        raise failed[0]
    return Delivery(complete=complete, queued=queue.qsize())
