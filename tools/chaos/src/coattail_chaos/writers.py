"""A writer, and what stands before and behind it: its link, its disk, and its way to Kinesis."""

import contextlib
from asyncio import TaskGroup
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import msgspec

from coattail_chaos import kinesis_proxy
from coattail_chaos.disk import Disk
from coattail_chaos.faults import Fault, Tally
from coattail_chaos.kinesis_proxy import KinesisProxy
from coattail_chaos.market_owner import OwnedMarkets
from coattail_chaos.relay import Relay, relaying
from coattail_chaos.services import Setup
from coattail_chaos.supervisor import Service
from coattail_harness.ports import Port
from coattail_harness.processes import kept
from coattail_testing.kinesis import Kinesis


class Writer(msgspec.Struct, frozen=True, kw_only=True):
    """A writer. `kinesis` and the relay before it are on its way alone: Kinesis may be away for it, and there for others."""

    service: Service
    link: Relay
    kinesis_relay: Relay
    kinesis: KinesisProxy
    disk: Disk
    owned: OwnedMarkets
    tally: Tally

    def lose_kinesis(self) -> None:
        """Nothing listens any more where it had its Kinesis, until `find_kinesis`."""
        self.kinesis_relay.vanish()
        self.tally.count(Fault.KINESIS_GONE)

    async def find_kinesis(self) -> None:
        """It is there again."""
        await self.kinesis_relay.listen()


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What all writers share: how they are started, their folder, and the stream behind their proxies."""

    setup: Setup
    folder: Path
    behind: Kinesis
    tally: Tally
    random: Random
    group: TaskGroup


@contextlib.asynccontextmanager
async def writing(name: str, port: Port, around: Surroundings) -> AsyncIterator[Writer]:
    """The writer `name`, running while the context is open, with its link at `port`."""
    tally = Tally(around.tally)
    disk = Disk(around.folder, name, tally)
    owned = OwnedMarkets(around.behind)
    kinesis = KinesisProxy(owned, tally, around.random)
    async with contextlib.AsyncExitStack() as stack:
        kinesis_port = await stack.enter_async_context(kinesis_proxy.serving(kinesis))
        relay = await stack.enter_async_context(relaying(lambda: kinesis_port, around.random))
        service = Service(name, lambda: around.setup.writer(relay.port, disk), around.folder / "logs" / f"{name}.log")
        link = await stack.enter_async_context(
            relaying(lambda: service.announced.link_port if service.announced else None, around.random, port)
        )
        await stack.enter_async_context(kept(service, around.group))
        yield Writer(
            service=service, link=link, kinesis_relay=relay, kinesis=kinesis, disk=disk, owned=owned, tally=tally
        )
