"""The service: link, writer, stream, health and metrics, put together and taken down in order."""

import asyncio
import signal
from typing import Final

from aws_lambda_powertools import Logger
from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential

from coattail_common import telemetry
from coattail_common.health import HealthServer
from coattail_common.link import LinkServer
from kinesis_writer.kinesis import KinesisStream, open_stream
from kinesis_writer.probes import WriterProbes
from kinesis_writer.reachability import Reachability
from kinesis_writer.settings import Settings
from kinesis_writer.stream import StreamUnavailableError
from kinesis_writer.writer import Writer

SERVICE: Final = "kinesis-writer"
_METRICS_SECONDS: Final = 10.0


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then bring in what is held and end."""
    log = telemetry.logger(SERVICE, settings.log_level)
    stop = _stop_on_signals()
    reachability = Reachability(settings.stream, log)
    token = settings.link_token.get_secret_value() if settings.link_token else None
    async with (
        open_stream(settings.stream, settings.region, calls=settings.max_calls) as stream,
        Writer(
            stream,
            reachability,
            record_bytes=settings.record_bytes,
            record_age=settings.record_age,
            max_bytes=settings.max_bytes,
            max_calls=settings.max_calls,
        ) as writer,
        LinkServer(
            settings.link_host, settings.link_port, writer, token=token, setting="KINESIS_WRITER_LINK_PORT", log=log
        ) as link,
        HealthServer(
            settings.health_host,
            settings.health_port,
            WriterProbes(writer, link, reachability),
            setting="KINESIS_WRITER_HEALTH_PORT",
        ) as health,
    ):
        log.info("serving", link_port=link.port, health_port=health.port, stream=settings.stream)
        async with asyncio.TaskGroup() as group:
            background = [
                group.create_task(_find(stream, reachability)),
                group.create_task(_report_regularly(writer)),
            ]
            await stop.wait()
            await _end(writer, link, settings.drain_seconds, log)
            for task in background:
                task.cancel()
        _report(writer)


async def _find(stream: KinesisStream, reachability: Reachability) -> None:
    """Ask for the stream until it answers, so that readiness does not wait for the first trade."""
    wait = wait_random_exponential(multiplier=0.2, max=5)
    async for attempt in AsyncRetrying(wait=wait, retry=retry_if_exception_type(StreamUnavailableError)):
        with attempt:
            try:
                await stream.check()
            except StreamUnavailableError as error:
                reachability.down(str(error))
                raise
            reachability.up()


async def _report_regularly(writer: Writer) -> None:
    while True:
        await asyncio.sleep(_METRICS_SECONDS)
        _report(writer)


def _report(writer: Writer) -> None:
    writer.meter.report(telemetry.metrics(SERVICE), 1000 * writer.oldest_seconds())


async def _end(writer: Writer, link: LinkServer, seconds: float, log: Logger) -> None:
    """Take no more, bring in what is held within `seconds`, and say what is left."""
    await link.stop_taking()
    log.info("ending", held_bytes=writer.held_bytes)
    try:
        async with asyncio.timeout(seconds):
            await writer.flush()
    except TimeoutError:
        log.warning(
            "ended with trades that are not in the stream; their connectors still have them and send them again",
            held_bytes=writer.held_bytes,
        )
    else:
        log.info("ended with everything in the stream")


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
