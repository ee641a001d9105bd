"""The writer inside the process of its connectors: no link and no spool, the same stream, probes and metrics."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from coattail_runtime import telemetry
from coattail_runtime.health import HealthServer
from coattail_runtime.link import LineBatch
from coattail_runtime.settings import refuse
from kinesis_writer.probes import WriterProbes
from kinesis_writer.reachability import Reachability
from kinesis_writer.service import SERVICE, find, report, report_regularly, writing
from kinesis_writer.settings import Settings
from kinesis_writer.writer import Writer


@asynccontextmanager
async def embedded(settings: Settings, on_accepted: Callable[[LineBatch], None]) -> AsyncIterator[Writer]:
    """Yield a writer that drains a queue of this process. The writer calls `on_accepted` with each batch that the stream has accepted.

    While the stream is away the connectors wait: there is no spool, and the process ends with code 2 when one is configured.
    """
    if settings.spool is not None:
        refuse(
            "a writer beside its connectors has no spool; leave KINESIS_WRITER_SPOOL out, or run kinesis-writer by itself"
        )
    log = telemetry.logger(SERVICE, settings.log_level)
    reachability = Reachability(settings.stream, log)
    async with (
        writing(settings, reachability, on_accepted) as (stream, writer),
        HealthServer(
            settings.health_host,
            settings.health_port,
            WriterProbes(writer, None, None, reachability, degraded_seconds=settings.degraded_seconds),
            setting="KINESIS_WRITER_HEALTH_PORT",
        ) as health,
    ):
        log.info("serving", health_port=health.port, stream=settings.stream)
        beside = [
            asyncio.create_task(find(stream, reachability)),
            asyncio.create_task(report_regularly(writer, None)),
        ]
        try:
            yield writer
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            report(writer, None)
