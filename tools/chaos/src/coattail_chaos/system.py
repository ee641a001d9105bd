"""Everything that runs: the simulator, the services, and between them the proxies that fail.

simulator ── relay, REST proxy ── connectors ── relay ── writer ── relay, Kinesis proxy ── Kinesis
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from functools import partial
from pathlib import Path
from random import Random
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import msgspec

from coattail_chaos import kinesis_proxy, rest_proxy
from coattail_chaos.exchange import Exchange, simulated
from coattail_chaos.faults import Tally
from coattail_chaos.kinesis import FakeKinesis, Kinesis
from coattail_chaos.kinesis_proxy import KinesisProxy
from coattail_chaos.landing import Landing
from coattail_chaos.memory import Memory
from coattail_chaos.options import Options
from coattail_chaos.port import HOST
from coattail_chaos.relay import Relay, relaying
from coattail_chaos.remote_kinesis import remote
from coattail_chaos.rest_proxy import RestProxy
from coattail_chaos.services import EXCHANGES, WRITER, Addresses, Setup
from coattail_chaos.supervisor import Service, kept
from coattail_chaos.waiting import until, until_told

_READY_SECONDS: Final = 60.0


class System(msgspec.Struct, frozen=True, kw_only=True):
    """`feeds`, `rests` and `connectors` are by exchange, `symbols` too."""

    exchange: Exchange
    symbols: Mapping[str, tuple[str, ...]]
    feeds: Mapping[str, Relay]
    rests: Mapping[str, RestProxy]
    connectors: Mapping[str, Service]
    link: Relay
    writer: Service
    kinesis_relay: Relay
    kinesis: KinesisProxy
    setup: Setup
    landing: Landing
    tally: Tally
    memory: Memory
    session: aiohttp.ClientSession

    @property
    def services(self) -> tuple[Service, ...]:
        """Connectors and writer."""
        return (*self.connectors.values(), self.writer)

    async def heal(self) -> None:
        """Fail no more, and wait until every service works."""
        self.kinesis.heal()
        for rest in self.rests.values():
            rest.failing = 0.0
        for relay in (*self.feeds.values(), self.link, self.kinesis_relay):
            await relay.listen()
        for service in self.services:
            await service.up()


@contextlib.asynccontextmanager
async def system(options: Options, folder: Path, random: Random) -> AsyncIterator[System]:
    """Everything, running while the context is open, with trades flowing and a cursor written for each market."""
    tally = Tally()
    setup = Setup(folder, tally)
    landing = Landing(lambda: time.time_ns() // 1000)
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        log = folder / "logs"
        exchange = await stack.enter_async_context(
            simulated(options.seed, options.trades_a_second, log / "simulator.log", session)
        )
        symbols: dict[str, tuple[str, ...]] = {}
        for sent in await exchange.sent():
            symbols[sent.market.exchange] = (*symbols.get(sent.market.exchange, ()), sent.market.symbol)
        group = await stack.enter_async_context(asyncio.TaskGroup())

        behind: Kinesis = FakeKinesis(landing.take)
        if options.kinesis is not None:
            behind = elsewhere = await stack.enter_async_context(remote(options.kinesis, landing.take, group, session))
            setup.stream = elsewhere.stream
        kinesis = KinesisProxy(behind, tally, random)
        kinesis_port = await stack.enter_async_context(kinesis_proxy.serving(kinesis))
        kinesis_relay = await stack.enter_async_context(relaying(lambda: kinesis_port, random))
        writer = Service(WRITER, lambda: setup.writer(kinesis_relay.port), log / f"{WRITER}.log")
        link = await stack.enter_async_context(
            relaying(lambda: writer.announced.link_port if writer.announced else None, random)
        )
        await stack.enter_async_context(kept(writer, group))

        feeds: dict[str, Relay] = {}
        rests: dict[str, RestProxy] = {}
        connectors: dict[str, Service] = {}
        for name in EXCHANGES:
            ws, rest_url = _of(exchange, name)
            feed = feeds[name] = await stack.enter_async_context(relaying(partial(_port_of, ws), random))
            rest = rests[name] = RestProxy(_origin(rest_url), tally, random, session)
            rest_port = await stack.enter_async_context(rest_proxy.serving(rest))
            addresses = Addresses(_moved(ws, feed.port), _moved(rest_url, rest_port))
            command = partial(setup.connector, name, symbols[name], addresses, link.port)
            connector = connectors[name] = Service(f"ingest-{name}", command, log / f"ingest-{name}.log")
            await stack.enter_async_context(kept(connector, group))
        memory = Memory([*connectors.values(), writer])
        watching = group.create_task(memory.watch())
        stack.callback(watching.cancel)
        running = System(
            exchange=exchange,
            symbols=symbols,
            feeds=feeds,
            rests=rests,
            connectors=connectors,
            link=link,
            writer=writer,
            kinesis_relay=kinesis_relay,
            kinesis=kinesis,
            setup=setup,
            landing=landing,
            tally=tally,
            memory=memory,
            session=session,
        )
        await _begin(running)
        yield running


async def _begin(running: System) -> None:
    """Let trades flow, and wait until a connector that is killed is followed by one that goes on from a cursor."""
    for service in running.services:
        await service.up()
    await until_told(running.exchange.subscribed, "the connectors subscribe to every market", _READY_SECONDS)
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


def _of(exchange: Exchange, name: str) -> tuple[str, str]:
    """The addresses of an exchange's feed and REST."""
    ready = exchange.ready
    if name == "binance":
        return ready.binance_ws, ready.binance_rest
    return ready.coinbase_ws, ready.coinbase_rest


def _port_of(url: str) -> int | None:
    return urlsplit(url).port


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _moved(url: str, port: int) -> str:
    """The same at another port of this machine."""
    return urlsplit(url)._replace(netloc=f"{HOST}:{port}").geturl()
