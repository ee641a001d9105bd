"""A connector as a process: signals, health, metrics, and a last word."""

import asyncio
import contextlib
import signal
from collections.abc import Callable

from coattail_common.connector.probes import ConnectorProbes
from coattail_common.connector.running import run
from coattail_common.connector.settings import ConnectorSettings
from coattail_common.connector.streaming import SocketConnector
from coattail_common.health import HealthServer
from coattail_common.sink import TradeSink


async def serve(
    connector: SocketConnector, sink: TradeSink, settings: ConnectorSettings, unaccepted: Callable[[], int]
) -> None:
    """Run until SIGTERM or SIGINT, then until every trade is accepted or `drain_seconds` have passed.

    `unaccepted` tells how many trades the sink has taken that are not accepted. Raises what `run` raises.
    """
    log = connector.reporter.log
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    setting = f"{settings.model_config.get('env_prefix', '')}HEALTH_PORT"
    async with HealthServer(
        settings.health_host, settings.health_port, ConnectorProbes(connector), setting=setting
    ) as health:
        log.info("started", symbols=settings.symbols, health_port=health.port, link_url=str(settings.link_url))
        publishing = asyncio.create_task(connector.reporter.publish_every(settings.metrics_seconds))
        try:
            delivery = await run(
                connector, sink, stop=stop, queue_size=settings.queue_size, drain_seconds=settings.drain_seconds
            )
        finally:
            publishing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await publishing
    tally = connector.reporter.tally
    if delivery.complete:
        log.info("ended; every trade is accepted", forwarded=tally.forwarded)
    else:
        log.error(
            "ended with trades that were not accepted",
            forwarded=tally.forwarded,
            not_accepted=unaccepted() + delivery.queued,
        )
