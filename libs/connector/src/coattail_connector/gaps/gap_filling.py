"""What a connector's settings say about missing trades, put together while it runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from aws_lambda_powertools import Logger

from coattail_connector.cursors import Cursors, cursor_setting, open_store
from coattail_connector.gaps.backfill import Backfill
from coattail_connector.gaps.ledger import Ledger, NoLedger
from coattail_connector.gaps.numbering import Filling
from coattail_connector.options import GapOptions
from coattail_connector.process.settings import ConnectorSettings
from coattail_runtime.bus.sink import EventSink, NoEvents

_LAST_SECONDS: Final = 5


@asynccontextmanager
async def gap_filling(
    settings: ConnectorSettings, exchange: str, backfill: Backfill, service: str, log: Logger
) -> AsyncIterator[GapOptions]:
    """What is done about the gaps of `exchange`: filled by `backfill`, told on the bus, counted by the cursors.

    Enter it before the connector starts, and leave it when everything is accepted: cursors and events are then written
    for the last time. The sink's `on_accepted` is the `accepted` of its `ledger`.
    """
    async with AsyncExitStack() as stack:
        yield GapOptions(
            exchange=exchange,
            backfill=backfill if settings.backfill_trades else None,
            filling=Filling(
                most=settings.backfill_trades, hold_trades=settings.hold_trades, hold_seconds=settings.hold_seconds
            ),
            events=await stack.enter_async_context(_events(settings, service, log)),
            ledger=await stack.enter_async_context(_ledger(settings, exchange, log)),
        )


@asynccontextmanager
async def _events(settings: ConnectorSettings, service: str, log: Logger) -> AsyncIterator[EventSink]:
    if not settings.event_bus:
        yield NoEvents()
        return
    from coattail_runtime.bus.background import open_bus  # noqa: PLC0415  (25 MB that others do without)

    async with open_bus(settings.event_bus, settings.region, f"coattail.{service}", log) as bus:
        yield bus


@asynccontextmanager
async def _ledger(settings: ConnectorSettings, exchange: str, log: Logger) -> AsyncIterator[Ledger]:
    async with open_store(cursor_setting(settings.cursors), exchange, settings.region) as store:
        if store is None:
            log.warning("no cursors are kept: what is traded while no connector runs is missed")
            yield NoLedger()
            return
        cursors = Cursors(store, exchange, log, seconds=settings.cursor_seconds)
        writing = asyncio.create_task(cursors.write_on())
        try:
            yield cursors
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            try:
                async with asyncio.timeout(_LAST_SECONDS):
                    await cursors.write()
            except TimeoutError:
                log.warning("could not write the cursors in time; the next start fetches more than it needs")
