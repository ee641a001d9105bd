"""The service: link, writer, stream, health and metrics, put together and taken down in order."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from aws_lambda_powertools import Logger
from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential

from coattail_runtime import telemetry
from coattail_runtime.health import HealthServer
from coattail_runtime.link import LineBatch, LinkServer
from coattail_runtime.settings import refuse
from kinesis_writer.metrics import Depth
from kinesis_writer.probes import WriterProbes
from kinesis_writer.reachability import Reachability
from kinesis_writer.settings import Settings
from kinesis_writer.sinks import open_sink
from kinesis_writer.spool import Folder, FolderInUseError, SpooledIntake
from kinesis_writer.stream import Stream, StreamUnavailableError
from kinesis_writer.writer import Writer

SERVICE: Final = "kinesis-writer"
_METRICS_SECONDS: Final = 10.0
_KEEP_SECONDS: Final = 5.0


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then bring in what is held and end."""
    log = telemetry.logger(SERVICE, settings.log_level)
    stop = _stop_on_signals()
    reachability = Reachability(settings.stream, log)
    token = settings.link_token.get_secret_value() if settings.link_token else None
    async with (
        writing(settings, reachability) as (stream, writer),
        _spool(settings, writer, log) as spool,
        LinkServer(
            settings.link_host,
            settings.link_port,
            spool or writer,
            path=settings.link_socket,
            token=token,
            setting="KINESIS_WRITER_LINK_SOCKET" if settings.link_socket else "KINESIS_WRITER_LINK_PORT",
            log=log,
        ) as link,
        HealthServer(
            settings.health_host,
            settings.health_port,
            WriterProbes(writer, spool, link, reachability, degraded_seconds=settings.degraded_seconds),
            setting="KINESIS_WRITER_HEALTH_PORT",
        ) as health,
    ):
        log.info(
            "serving",
            link=str(settings.link_socket or link.port),
            link_port=link.port,
            health_port=health.port,
            stream=settings.stream,
        )
        async with asyncio.TaskGroup() as group:
            background = [
                group.create_task(find(stream, reachability)),
                group.create_task(report_regularly(writer, spool)),
            ]
            await stop.wait()
            await _end(writer, spool, link, settings.drain_seconds, log)
            for task in background:
                task.cancel()
        report(writer, spool)


@asynccontextmanager
async def writing(
    settings: Settings, reachability: Reachability, on_accepted: Callable[[LineBatch], None] | None = None
) -> AsyncIterator[tuple[Stream, Writer]]:
    """Yield the stream of the settings and a writer on it, which tells `on_accepted` what it has drained from a queue."""
    async with (
        open_sink(settings) as stream,
        Writer(
            stream,
            reachability,
            record_bytes=settings.record_bytes,
            record_age=settings.record_age,
            max_bytes=settings.max_bytes,
            max_calls=settings.max_calls,
            on_accepted=on_accepted,
        ) as writer,
    ):
        yield stream, writer


@asynccontextmanager
async def _spool(settings: Settings, writer: Writer, log: Logger) -> AsyncIterator[SpooledIntake | None]:
    """The spool in front of the writer, if there is to be one. Ends the process when its folder cannot be had."""
    if settings.spool is None:
        yield None
        return
    folder = Folder(settings.spool)
    _open(folder, settings.spool)
    try:
        async with SpooledIntake(folder, writer, max_bytes=settings.spool_bytes, log=log) as spool:
            yield spool
    finally:
        folder.close()


def _open(folder: Folder, path: Path) -> None:
    try:
        folder.open()
    except FolderInUseError:
        refuse(f"the spool {path} is in use by another writer; end it or set KINESIS_WRITER_SPOOL to another folder")
    except OSError as error:
        refuse(
            f"cannot use the spool {path} ({error.strerror or error}); set KINESIS_WRITER_SPOOL to a folder to write to"
        )


async def find(stream: Stream, reachability: Reachability) -> None:
    """Ask for the stream until it answers, this or a call with trades, so that readiness does not wait for the first trade."""
    wait = wait_random_exponential(multiplier=0.2, max=5)
    async for attempt in AsyncRetrying(wait=wait, retry=retry_if_exception_type(StreamUnavailableError)):
        with attempt:
            if reachability.answers:
                return
            try:
                await stream.check()
            except StreamUnavailableError as error:
                # A call with trades may have been answered meanwhile, and it says more than this one.
                if not reachability.answers:
                    reachability.down(str(error))
                raise
            reachability.up()


async def report_regularly(writer: Writer, spool: SpooledIntake | None) -> None:
    """Publish the metrics, until cancelled."""
    while True:
        await asyncio.sleep(_METRICS_SECONDS)
        report(writer, spool)


def report(writer: Writer, spool: SpooledIntake | None) -> None:
    """Publish the metrics."""
    oldest = (spool or writer).oldest_seconds()
    depth = Depth(spool.stored_bytes, spool.damaged) if spool else None
    writer.metrics.report(telemetry.metrics(SERVICE), 1000 * oldest, depth)


async def _end(writer: Writer, spool: SpooledIntake | None, link: LinkServer, seconds: float, log: Logger) -> None:
    """Take no more, bring in what is held within `seconds`, and say what is left and where."""
    await link.stop_taking()
    log.info("ending", held_bytes=writer.held_bytes, spool_bytes=spool.stored_bytes if spool else 0)
    try:
        async with asyncio.timeout(seconds):
            await (spool or writer).flush()
    except TimeoutError:
        if spool is None or not await _keep(spool):
            log.warning(
                "ended with trades that are not in the stream; their connectors still have them and send them again",
                held_bytes=writer.held_bytes,
            )
        else:
            log.warning(
                "ended with trades that are not in the stream; they are in the spool and are sent by the next writer "
                "on its folder",
                spool_bytes=spool.stored_bytes,
            )
    else:
        log.info("ended with everything in the stream")


async def _keep(spool: SpooledIntake) -> bool:
    """Bring what is held to the disk; whether all of it is there."""
    try:
        async with asyncio.timeout(_KEEP_SECONDS):
            await spool.keep()
    except TimeoutError:
        return False
    return True


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
