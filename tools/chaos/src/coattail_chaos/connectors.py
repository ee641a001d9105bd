"""A connector, and what stands between it and its exchange: the feed's relay and the proxy before REST."""

import contextlib
from asyncio import TaskGroup
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import aiohttp
import msgspec

from coattail_chaos import rest_proxy
from coattail_chaos.exchange import Venue
from coattail_chaos.faults import Tally
from coattail_chaos.relay import Relay, relaying
from coattail_chaos.rest_proxy import RestProxy
from coattail_chaos.services import Addresses, Setup
from coattail_chaos.supervisor import Service
from coattail_harness.ports import HOST
from coattail_harness.processes import kept


class Connector(msgspec.Struct, frozen=True, kw_only=True):
    """A connector."""

    service: Service
    feed: Relay
    rest: RestProxy
    tally: Tally


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What all connectors share: how they are started, where logs go, and the addresses of the writers' links."""

    setup: Setup
    logs: Path
    links: tuple[str, ...]
    tally: Tally
    random: Random
    session: aiohttp.ClientSession
    group: TaskGroup


@contextlib.asynccontextmanager
async def following(venue: Venue, symbols: Sequence[str], around: Surroundings) -> AsyncIterator[Connector]:
    """The connector of an exchange, running while the context is open."""
    tally = Tally(around.tally)
    rest = RestProxy(_origin(venue.addresses.rest_url), tally, around.random, around.session, limited=venue.limited)
    async with contextlib.AsyncExitStack() as stack:
        feed = await stack.enter_async_context(relaying(lambda: urlsplit(venue.addresses.ws_url).port, around.random))
        rest_port = await stack.enter_async_context(rest_proxy.serving(rest))
        addresses = Addresses(
            _moved(venue.addresses.ws_url, feed.port), _moved(venue.addresses.rest_url, rest_port), around.links
        )
        name = f"ingest-{venue.exchange}"
        service = Service(
            name, lambda: around.setup.connector(venue.exchange, symbols, addresses), around.logs / f"{name}.log"
        )
        await stack.enter_async_context(kept(service, around.group))
        yield Connector(service=service, feed=feed, rest=rest, tally=tally)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _moved(url: str, port: int) -> str:
    """The same at another port of this machine."""
    return urlsplit(url)._replace(netloc=f"{HOST}:{port}").geturl()
