"""Everything that runs: the simulator, the services, and between them the proxies that fail.

simulator ── relay, REST proxy ── connectors ── relays ── writers ── relays, Kinesis proxies ── Kinesis
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from random import Random
from typing import Final

import aiohttp
import msgspec

from coattail_chaos import connectors, writers
from coattail_chaos.connectors import Connector, following
from coattail_chaos.dividing import drawn_ports, held
from coattail_chaos.exchange import Exchange, scenario, simulated
from coattail_chaos.faults import Fault, Tally
from coattail_chaos.landing import Landing
from coattail_chaos.options import Options
from coattail_chaos.remote_kinesis import remote
from coattail_chaos.services import WRITER, Setup, link_url
from coattail_chaos.supervisor import Service
from coattail_chaos.writers import Writer, writing
from coattail_common.ids import Market
from coattail_harness.memory import PeakMemory
from coattail_harness.waiting import until
from coattail_testing.kinesis import FakeKinesis, Kinesis

_READY_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.25


class System(msgspec.Struct, frozen=True, kw_only=True):
    """`symbols` are by exchange; `held` are the markets of each writer, by its name."""

    exchange: Exchange
    symbols: Mapping[str, tuple[str, ...]]
    connectors: tuple[Connector, ...]
    writers: tuple[Writer, ...]
    held: Mapping[str, tuple[Market, ...]]
    setup: Setup
    landing: Landing
    tally: Tally
    memory: PeakMemory
    session: aiohttp.ClientSession

    @property
    def services(self) -> tuple[Service, ...]:
        """Connectors and writers."""
        return (*(one.service for one in self.connectors), *(one.service for one in self.writers))

    @property
    def faults(self) -> Mapping[str, Mapping[Fault, int]]:
        """What each service has met."""
        return {
            **{one.service.name: one.tally.copy() for one in self.connectors},
            **{one.service.name: one.tally.copy() for one in self.writers},
        }

    async def heal(self) -> None:
        """Fail no more, and wait until every service works."""
        for connector in self.connectors:
            connector.rest.failing = 0.0
            await connector.feed.listen()
        for writer in self.writers:
            writer.kinesis.heal()
            await writer.link.listen()
            await writer.find_kinesis()
        for service in self.services:
            await service.up()


@contextlib.asynccontextmanager
async def system(options: Options, folder: Path, random: Random) -> AsyncIterator[System]:
    """Everything, running while the context is open, with trades flowing and a cursor written for each market."""
    tally, setup = Tally(), Setup(folder)
    landing = Landing(lambda: time.time_ns() // 1000)
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        wanted = scenario(options.seed, options.trades_a_second, options.exchanges)
        exchange = await stack.enter_async_context(simulated(wanted, folder))
        markets = [Market(plan.exchange.value, plan.symbol) for plan in wanted.markets]
        symbols: dict[str, tuple[str, ...]] = {
            name: tuple(market.symbol for market in markets if market.exchange == name) for name in options.exchanges
        }
        group = await stack.enter_async_context(asyncio.TaskGroup())

        behind: Kinesis = FakeKinesis(lambda record: landing.take(record[1]))
        if options.kinesis is not None:
            elsewhere = remote(options.kinesis, landing.take, group)
            behind, setup.stream = await stack.enter_async_context(elsewhere)
        ports = drawn_ports(markets, options.writers)
        before = writers.Surroundings(
            setup=setup, folder=folder, behind=behind, tally=tally, random=random, group=group
        )
        writing_ones = [
            await stack.enter_async_context(writing(f"{WRITER}-{number}", port, before))
            for number, port in enumerate(ports, start=1)
        ]
        links = tuple(link_url(port.number) for port in ports)
        shares = held(markets, links)

        around = connectors.Surroundings(
            setup=setup,
            logs=folder / "logs",
            links=links,
            tally=tally,
            random=random,
            session=session,
            group=group,
        )
        following_ones = [
            await stack.enter_async_context(following(exchange.venue(name), symbols[name], around)) for name in symbols
        ]
        running = System(
            exchange=exchange,
            symbols=symbols,
            connectors=tuple(following_ones),
            writers=tuple(writing_ones),
            held={one.service.name: shares[url] for one, url in zip(writing_ones, links, strict=True)},
            setup=setup,
            landing=landing,
            tally=tally,
            memory=PeakMemory(),
            session=session,
        )
        watching = group.create_task(_watch_memory(running))
        stack.callback(watching.cancel)
        await _begin(running)
        yield running
        for several in (running.connectors, running.writers):  # which would end one after the other
            await asyncio.gather(*(one.service.stop() for one in several))


async def _watch_memory(running: System) -> None:
    """Note the peaks of the services, until cancelled."""
    while True:
        for service in running.services:
            if service.pid is not None:
                running.memory.sample(service.name, service.pid, children=False)
        await asyncio.sleep(_LOOK_SECONDS)


async def _begin(running: System) -> None:
    """Let trades flow, and wait until a connector that is killed is followed by one that goes on from a cursor."""
    for service in running.services:
        await service.up()
    await until(running.exchange.subscribed, "the connectors subscribe to every market", _READY_SECONDS)
    await running.exchange.start()
    await until(lambda: _have_cursors(running), "every market has a cursor", _READY_SECONDS)


class _Cursors(msgspec.Struct, frozen=True):
    cursors: dict[str, int]


def _have_cursors(running: System) -> bool:
    for exchange, symbols in running.symbols.items():
        try:
            content = (running.setup.cursors / f"{exchange}.json").read_bytes()
        except FileNotFoundError:
            return False
        if set(symbols) - msgspec.json.decode(content, type=_Cursors).cursors.keys():
            return False
    return True
