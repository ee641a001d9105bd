"""The connector's end against a writer that does not keep to the protocol."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from aws_lambda_powertools import Logger
from tenacity import wait_none
from tenacity.wait import wait_base
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidURI

from coattail_common.lines import TradeLine
from coattail_runtime.link import LinkClient
from coattail_runtime.link.frames import (
    VERSION,
    Accepted,
    Batch,
    Held,
    Refused,
    Welcome,
    decode_hello,
    decode_to_writer,
    encode,
)
from coattail_testing.connector import ReadableLog
from coattail_testing.link import FakeWait
from coattail_testing.records import a_line, a_queue

type Answer = Callable[[ServerConnection], Awaitable[None]]

WELCOME = Welcome(version=VERSION, session="tests", held=0, accepted=0)


async def behave(connection: ServerConnection) -> None:
    """Accept every batch."""
    decode_hello(await connection.recv())
    await connection.send(encode(WELCOME))
    with suppress(ConnectionClosed):
        while True:
            batch = decode_to_writer(await connection.recv(), VERSION)
            assert isinstance(batch, Batch)
            await connection.send(encode(Accepted(seq=batch.seq)))


async def close(connection: ServerConnection) -> None:
    """Turn it away."""
    await connection.close(1012, "the writer is ending")


def say(*messages: bytes | str) -> Answer:
    """Say this to each connection, and no more."""

    async def answer(connection: ServerConnection) -> None:
        for message in messages:
            await connection.send(message)
        await connection.wait_closed()

    return answer


async def over(
    *answers: Answer, trades: int = 1, wait: wait_base | None = None, log: Logger | None = None
) -> LinkClient:
    """Drain so many trades, each a batch, over connections that behave in these ways one after the other."""
    remaining = iter(answers)

    async def connection(socket: ServerConnection) -> None:
        await next(remaining)(socket)

    async with serve(connection, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        client = LinkClient(
            f"ws://127.0.0.1:{port}", "tests", flush_interval=0, max_batch_bytes=1, wait=wait or wait_none(), log=log
        )
        async with asyncio.timeout(60):
            await client.drain(a_queue(trades))
    return client


@pytest.mark.parametrize(
    "wrong",
    [
        [b"junk"],
        ["text"],
        [encode(Held(seq=1))],
        [encode(WELCOME), encode(WELCOME)],
        [encode(WELCOME), encode(Refused(reason="now"))],
        [encode(WELCOME), encode(Accepted(seq=99))],
        [encode(Welcome(version=VERSION, session="tests", held=99, accepted=0))],
        [encode(Welcome(version=VERSION + 1, session="tests", held=0, accepted=0))],
        [b"x" * 100_000],
    ],
)
async def test_a_writer_that_speaks_wrongly_is_left_and_tried_again(wrong: list[bytes | str]) -> None:
    client = await over(say(*wrong), behave)

    assert client.unaccepted_trades == 0
    assert client.accepted == 1


async def test_a_writer_that_closes_is_tried_again_after_a_longer_wait_each_time() -> None:
    wait = FakeWait()
    client = await over(close, close, say(encode(WELCOME), b"junk"), behave, wait=wait)

    assert client.unaccepted_trades == 0
    assert wait.attempts == [1, 2, 3]


async def accept_one(connection: ServerConnection) -> None:
    await connection.recv()
    await connection.send(encode(WELCOME))
    await connection.recv()
    await connection.send(encode(Accepted(seq=1)))
    await close(connection)


async def test_the_wait_begins_again_once_something_was_accepted() -> None:
    wait = FakeWait()
    await over(close, close, accept_one, close, close, behave, trades=2, wait=wait)

    assert wait.attempts == [1, 2, 1, 2]


async def test_an_outage_is_told_once() -> None:
    log = ReadableLog()
    await over(close, close, accept_one, close, close, behave, trades=2, log=log.logger)

    assert len(log.lines("the writer cannot be reached")) == 2


async def test_no_more_is_sent_than_the_writer_gives_credit_for() -> None:
    early: list[bool] = []

    async def grudging(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(encode(Welcome(version=VERSION, session="tests", held=0, accepted=0, credit=1)))
        with suppress(ConnectionClosed):
            while True:
                batch = decode_to_writer(await connection.recv(), VERSION)
                assert isinstance(batch, Batch)
                next_one = asyncio.create_task(connection.recv())
                await (await connection.ping())
                early.append(next_one.done())
                next_one.cancel()
                await asyncio.gather(next_one, return_exceptions=True)
                await connection.send(encode(Held(seq=batch.seq, credit=1)))
                await connection.send(encode(Accepted(seq=batch.seq)))

    await over(grudging, trades=5)

    assert early == [False] * 5


async def test_credit_is_granted_again_with_what_is_held() -> None:
    async def generous_later(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(encode(Welcome(version=VERSION, session="tests", held=0, accepted=0, credit=1)))
        await connection.recv()
        await connection.send(encode(Held(seq=1)))
        for _ in range(4):  # none of which is held
            await connection.recv()
        await connection.send(encode(Accepted(seq=5)))
        await connection.wait_closed()

    client = await over(generous_later, trades=5)

    assert client.accepted == 5


async def test_nothing_to_send_needs_no_writer() -> None:
    await LinkClient("ws://127.0.0.1:9", "tests", wait=wait_none()).drain(a_queue(0))


async def test_draining_that_is_cancelled_ends_its_connection() -> None:
    come, gone = asyncio.Event(), asyncio.Event()

    async def welcome(connection: ServerConnection) -> None:
        decode_hello(await connection.recv())
        await connection.send(encode(WELCOME))
        assert isinstance(decode_to_writer(await connection.recv(), VERSION), Batch)
        come.set()
        await connection.wait_closed()
        gone.set()

    async with serve(welcome, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        client = LinkClient(f"ws://127.0.0.1:{port}", "tests", flush_interval=0)
        queue: asyncio.Queue[TradeLine] = asyncio.Queue()
        queue.put_nowait(a_line(1))
        draining = asyncio.create_task(client.drain(queue))
        await come.wait()
        assert client.connected
        draining.cancel()
        with pytest.raises(asyncio.CancelledError):
            await draining
        assert not client.connected
        await gone.wait()


@pytest.mark.parametrize("address", ["localhost:7070", "unix:link.sock", "http://127.0.0.1:7070", "unix:", ""])
def test_an_address_that_is_none_is_refused_at_once(address: str) -> None:
    with pytest.raises((InvalidURI, ValueError)):
        LinkClient(address, "tests")
