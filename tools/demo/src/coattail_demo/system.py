"""The services of Coat Tail, running: Spark, the writer, and a connector for each exchange that has markets."""

import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping

import msgspec

from coattail_common import venues
from coattail_demo import services
from coattail_demo.detectors import DetectorsJob, application_arguments, detectors
from coattail_demo.foundation import Foundation
from coattail_demo.processes import Command, Service
from coattail_harness.memory import PeakMemory
from coattail_harness.processes import Say, kept


class Listening(msgspec.Struct, frozen=True):
    """A service and the port of its health probes."""

    service: Service
    health_port: int


class System(msgspec.Struct, frozen=True, kw_only=True):
    """`symbols`: the markets that are followed, by exchange."""

    foundation: Foundation
    job: DetectorsJob
    writer: Listening
    connectors: tuple[Listening, ...]
    symbols: Mapping[str, tuple[str, ...]]
    memory: PeakMemory


@contextlib.asynccontextmanager
async def system(base: Foundation, say: Say) -> AsyncIterator[System]:
    """The services, while the context is open: started Spark first, which takes longest, and ended against the stream:
    connectors, writer, Spark.
    """
    symbols = await _symbols(base)
    async with contextlib.AsyncExitStack() as stack:
        arguments = application_arguments(base.options.landing_seconds)
        application = detectors(base.layout, base.features_file, base.endpoint, arguments, say)
        job = await stack.enter_async_context(application)

        async def listening(command: Command, port: int) -> Listening:
            service = await stack.enter_async_context(kept(Service(command, base.record, say), base.group))
            return Listening(service, port)

        writer_command = services.writer(base.layout, base.ports, base.endpoint)
        writer = await listening(writer_command, base.ports.writer_health)
        connectors = [await listening(command, port) for command, port in _connectors(base, symbols)]
        yield System(
            foundation=base,
            job=job,
            writer=writer,
            connectors=tuple(connectors),
            symbols=symbols,
            memory=PeakMemory(),
        )


async def _symbols(base: Foundation) -> Mapping[str, tuple[str, ...]]:
    if base.exchange is None:
        return services.live_symbols()
    found: dict[str, tuple[str, ...]] = {}
    for market in (await base.exchange.client.status()).markets:
        found[market.exchange] = (*found.get(market.exchange, ()), market.symbol)
    return found


def _connectors(base: Foundation, symbols: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[Command, int]]:
    simulator = base.exchange.client if base.exchange is not None else None
    for venue in venues.installed():
        if followed := symbols.get(venue.name):
            command = services.connector(base.layout, base.ports, venue, followed, simulator)
            yield command, base.ports.connector_health[venue.name]
