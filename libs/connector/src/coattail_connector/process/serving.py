"""A connector as a process: signals, health, metrics, and a last word."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from coattail_connector.frames.encoding import COMPILED
from coattail_connector.markets.market_watch import ConfiguredMarkets, MarketWatch
from coattail_connector.process.probes import ConnectorProbes
from coattail_connector.process.running import run
from coattail_connector.process.settings import ConnectorSettings
from coattail_connector.streaming import SocketConnector
from coattail_runtime.health import HealthServer
from coattail_runtime.sink import TradeSink


async def serve(
    connector: SocketConnector,
    sink: TradeSink,
    markets: ConfiguredMarkets[ConnectorSettings],
    unaccepted: Callable[[], int],
) -> None:
    """Run until SIGTERM or SIGINT, then until every trade is accepted or `drain_seconds` have passed.

    `markets` are followed as they change; `unaccepted` tells how many trades the sink has taken that are not accepted.
    Raises what `run` raises.
    """
    log, settings = connector.reporter.log, markets.settings
    stop = stop_on_signals()
    async with attended(connector, markets, link_url=settings.link_url):
        delivery = await run(
            connector, sink, stop=stop, queue_size=settings.queue_size, drain_seconds=settings.drain_seconds
        )
    tally = connector.reporter.tally
    if delivery.complete:
        log.info("ended; every trade is accepted", forwarded=tally.forwarded)
    else:
        log.error(
            "ended with trades that were not accepted",
            forwarded=tally.forwarded,
            not_accepted=unaccepted() + delivery.queued,
        )


@asynccontextmanager
async def attended(
    connector: SocketConnector, markets: ConfiguredMarkets[ConnectorSettings], **told: Any
) -> AsyncIterator[None]:
    """Answer the probes, publish the metrics and follow the list of markets while the context is open.

    The line of the log that says so has what is `told` too.
    """
    settings = markets.settings
    setting = f"{settings.model_config.get('env_prefix', '')}HEALTH_PORT"
    async with HealthServer(
        settings.health_host, settings.health_port, ConnectorProbes(connector), setting=setting
    ) as health:
        connector.reporter.log.info(
            "started",
            symbols=settings.symbols,
            health_port=health.port,
            **told,
            encoder="compiled" if COMPILED else "python",
        )
        beside = [
            asyncio.create_task(connector.reporter.publish_every(settings.metrics_seconds)),
            asyncio.create_task(MarketWatch(markets, connector, connector.reporter).watch()),
        ]
        try:
            yield
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
