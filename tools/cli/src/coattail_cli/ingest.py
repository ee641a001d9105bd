"""`coattail ingest`: connectors and the writer in one process, with one queue between them.

Why they are deployed apart: docs/adr/0035-ingest-in-one-process.md.
"""

import asyncio
import importlib
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from coattail_common import venues
from coattail_connector import ConnectorService, ConnectorSettings
from coattail_connector.process.running import run_together
from coattail_connector.process.serving import attended, stop_on_signals
from coattail_connector.process.starting import Assembly, assembled, refusals
from coattail_runtime import telemetry
from coattail_runtime.link import LineBatch
from coattail_runtime.settings import ServiceSettings, listed, read
from kinesis_writer.embedded import embedded
from kinesis_writer.settings import Settings as WriterSettings


class Options(ServiceSettings):
    """Captures the trades of several exchanges and puts them on Kinesis, in one process.

    The settings of each part are its own variables: INGEST_BINANCE_SYMBOLS, KINESIS_WRITER_STREAM and so on; those of the link are of no
    use here. What no connector kept a cursor of (INGEST_BINANCE_CURSORS) is not fetched after a restart.
    """

    model_config = SettingsConfigDict(env_prefix="COATTAIL_INGEST_", cli_prog_name="coattail ingest")

    exchange: Annotated[tuple[str, ...], NoDecode, BeforeValidator(listed)] = Field(
        ("binance", "coinbase"), min_length=1, description="the exchanges to follow, as binance,coinbase"
    )

    @field_validator("exchange")
    @classmethod
    def _are_installed(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        known = [venue.name for venue in venues.installed()]
        for name in names:
            if name not in known:
                raise ValueError(f"{name!r} is no exchange that is installed; there are {', '.join(known)}")
        return tuple(dict.fromkeys(names))


type Services = Mapping[str, tuple[ConnectorService[Any], ConnectorSettings]]
"""The service of each exchange, with its settings."""


def main() -> None:
    """The command. Ends the process with code 2 over what trying again would not mend."""
    services: dict[str, tuple[ConnectorService[Any], ConnectorSettings]] = {}
    for exchange in read(Options).exchange:
        service: ConnectorService[Any] = importlib.import_module(f"{venues.find(exchange).module}.__main__").SERVICE
        services[exchange] = service, read(service.settings, [])
    writer = read(WriterSettings, [])
    with refusals("INGEST_<EXCHANGE>_"):
        asyncio.run(ingest(services, writer))


async def ingest(services: Services, writer_settings: WriterSettings) -> None:
    """Run until SIGTERM or SIGINT, then until every trade is in the stream or the writer's `drain_seconds` have passed."""
    log = telemetry.logger("ingest", writer_settings.log_level)
    stop = stop_on_signals()
    connectors: dict[str, Assembly[Any]] = {}

    def accepted(batch: LineBatch) -> None:
        connectors[batch.source].ledger.accepted(batch)

    async with AsyncExitStack() as stack:
        for exchange, (service, settings) in services.items():
            connectors[exchange] = await stack.enter_async_context(assembled(service, settings))
        # The writer ends before the cursors are written for the last time.
        writer = await stack.enter_async_context(embedded(writer_settings, accepted))
        for one in connectors.values():
            await stack.enter_async_context(attended(one.connector, one.markets))
        delivery = await run_together(
            [one.connector for one in connectors.values()],
            writer,
            stop=stop,
            queue_size=sum(one.markets.settings.queue_size for one in connectors.values()),
            drain_seconds=writer_settings.drain_seconds,
        )
        if delivery.complete:
            log.info("ended with everything in the stream")
        else:
            log.error(
                "ended with trades that are not in the stream; the next start fetches them from its cursors on",
                held_bytes=writer.held_bytes,
                queued=delivery.queued,
            )
