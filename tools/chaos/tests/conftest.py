"""Something to relay to, and what tests wait with."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

from coattail_chaos.relay import Relay, relaying


@pytest.fixture
def random() -> Random:
    return Random(1)


async def _echo(socket: ServerConnection) -> None:
    async for message in socket:
        await socket.send(message)


@pytest.fixture
async def echo() -> AsyncIterator[int]:
    """The port of a WebSocket server that says what it hears."""
    async with serve(_echo, "127.0.0.1", 0) as server:
        yield next(iter(server.sockets)).getsockname()[1]


@pytest.fixture
async def relay(echo: int, random: Random) -> AsyncIterator[Relay]:
    async with relaying(lambda: echo, random) as relay:
        yield relay


@asynccontextmanager
async def through(relay: Relay) -> AsyncIterator[ClientConnection]:
    """A client that has heard its first word over the relay."""
    async with connect(f"ws://127.0.0.1:{relay.port}", close_timeout=0.1, ping_interval=None) as socket:
        await socket.send("hello")
        assert await socket.recv() == "hello"
        yield socket


async def until(condition: Callable[[], bool]) -> None:
    """Let the others run until it holds."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  (what is watched has no event)
            await asyncio.sleep(0)
