"""The relay between a WebSocket client and its server: what passes, and each way in which it fails."""

import asyncio
from random import Random

import pytest
from websockets.exceptions import ConnectionClosedError

from coattail_chaos.relay import Relay, Way, relaying
from coattail_harness.ports import Port

from .conftest import through


async def test_what_comes_is_passed_on_both_ways(relay: Relay) -> None:
    async with through(relay) as socket:
        for size in (0, 125, 126, 65_535, 70_000, 300_000):
            await socket.send(b"x" * size)
            assert await socket.recv() == b"x" * size

    assert relay.cuts_mid_frame == 0


async def test_a_cut_ends_what_is_live_and_the_next_connection_is_taken(relay: Relay) -> None:
    async with through(relay) as socket:
        assert relay.cut() == 1
        with pytest.raises(ConnectionClosedError):
            await socket.recv()
    async with through(relay) as socket:
        await socket.send("again")
        assert await socket.recv() == "again"


async def test_a_connection_that_has_brought_nothing_is_not_cut(relay: Relay) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    assert relay.cut() == 0
    writer.close()
    await writer.wait_closed()
    assert await reader.read() == b""


@pytest.mark.parametrize("way", list(Way))
async def test_a_frame_is_cut_in_two(relay: Relay, way: Way) -> None:
    async with through(relay) as socket:
        relay.cut_inside_next_frame(way)
        await socket.send("never heard as a whole")
        with pytest.raises(ConnectionClosedError):
            await socket.recv()

    assert relay.cuts_mid_frame == 1


async def test_a_stall_passes_nothing_on_and_keeps_the_connection_until_it_is_over(relay: Relay) -> None:
    async with through(relay) as socket:
        (silent,) = relay.stall()
        assert relay.live(Way.TO_CLIENT) == []
        await socket.send("held")
        heard = asyncio.create_task(socket.recv())
        async with through(relay) as other:  # another connection is not silent
            await other.send("heard")
            assert await other.recv() == "heard"
        assert not heard.done()
        silent.flowing.set()
        assert await heard == "held"


async def test_where_it_has_vanished_connections_are_refused_until_it_listens_again(relay: Relay) -> None:
    async with through(relay) as socket:
        relay.vanish()
        with pytest.raises(ConnectionClosedError):
            await socket.recv()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", relay.port)
    await relay.listen()
    async with through(relay) as socket:
        await socket.send("back")
        assert await socket.recv() == "back"


async def test_it_listens_where_it_is_told(echo: int, random: Random) -> None:
    port = Port()
    async with relaying(lambda: echo, random, port) as relay, through(relay) as socket:
        assert relay.port == port.number
        await socket.send("heard")
        assert await socket.recv() == "heard"


async def test_without_a_server_behind_it_a_connection_ends(random: Random) -> None:
    async with relaying(lambda: None, random) as relay:
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
