"""The connector's end against a writer that does not keep to the protocol."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from tenacity import RetryCallState, wait_none
from tenacity.wait import wait_base
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidURI

from coattail_common.lines import TradeLine
from coattail_common.link import LinkClient
from coattail_common.link.frames import (
    VERSION,
    Accepted,
    Batch,
    Held,
    Hello,
    Refused,
    Welcome,
    decode_to_writer,
    encode,
)
from coattail_common.testing import a_line

type Answer = Callable[[ServerConnection], Awaitable[None]]

WELCOME = Welcome(version=VERSION, session="tests", held=0, accepted=0)


async def behave(connection: ServerConnection) -> None:
    """Accept every batch."""
    assert isinstance(decode_to_writer(await connection.recv()), Hello)
    await connection.send(encode(WELCOME))
    with suppress(ConnectionClosed):
        while True:
            batch = decode_to_writer(await connection.recv())
            assert isinstance(batch, Batch)
            await connection.send(encode(Accepted(seq=batch.seq)))


async def close(connection: ServerConnection) -> None:
    """Turn it away."""
    await connection.close(1012, "the writer is ending")


class FakeWait(wait_base):
    """Waits not at all, and keeps which attempt it was asked after."""

    def __init__(self) -> None:
        self.attempts: list[int] = []

    def __call__(self, retry_state: RetryCallState) -> float:
        """No wait."""
        self.attempts.append(retry_state.attempt_number)
        return 0


def say(*messages: bytes | str) -> Answer:
    """Say this to whoever comes, and no more."""

    async def answer(connection: ServerConnection) -> None:
        for message in messages:
            await connection.send(message)
        await connection.wait_closed()

    return answer


async def one_trade_over(*answers: Answer, wait: wait_base | None = None) -> LinkClient:
    """Drain one trade over a connection each, behaving in these ways one after the other."""
    return await over(1, *answers, wait=wait)


async def over(trades: int, *answers: Answer, wait: wait_base | None = None) -> LinkClient:
    """Drain so many trades, each in a batch of its own."""
    remaining = iter(answers)

    async def connection(socket: ServerConnection) -> None:
        await next(remaining)(socket)

    async with serve(connection, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        client = LinkClient(
            f"ws://127.0.0.1:{port}", "tests", flush_interval=0, max_batch_bytes=1, wait=wait or wait_none()
        )
        queue: asyncio.Queue[TradeLine] = asyncio.Queue()
        for number in range(trades):
            queue.put_nowait(a_line(number))
        queue.shutdown()
        await client.drain(queue)
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
        [b"x" * 100_000],
    ],
)
async def test_a_writer_that_speaks_wrongly_is_left_and_tried_again(wrong: list[bytes | str]) -> None:
    client = await one_trade_over(say(*wrong), behave)

    assert client.unaccepted_trades == 0
    assert client.accepted == 1


async def test_a_writer_that_closes_is_tried_again() -> None:
    client = await one_trade_over(close, close, behave)

    assert client.unaccepted_trades == 0


async def test_a_writer_that_is_away_is_waited_for_longer_each_time_and_told_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    wait = FakeWait()

    await one_trade_over(close, close, close, behave, wait=wait)

    assert wait.attempts == [1, 2, 3]
    assert caplog.text.count("the writer cannot be reached") == 1


async def test_a_connection_that_brought_something_in_is_followed_by_another_without_a_wait() -> None:
    wait = FakeWait()

    async def accept_one(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(encode(WELCOME))
        await connection.recv()
        await connection.send(encode(Accepted(seq=1)))
        await connection.close(1012, "the writer is ending")

    client = await over(2, accept_one, behave, wait=wait)

    assert client.accepted == 2
    assert wait.attempts == []


async def test_no_more_is_sent_than_the_writer_gives_credit_for() -> None:
    early: list[bool] = []

    async def grudging(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(encode(Welcome(version=VERSION, session="tests", held=0, accepted=0, credit=1)))
        with suppress(ConnectionClosed):
            while True:
                batch = decode_to_writer(await connection.recv())
                assert isinstance(batch, Batch)
                next_one = asyncio.create_task(connection.recv())
                await (await connection.ping())
                early.append(next_one.done())
                next_one.cancel()
                await connection.send(encode(Held(seq=batch.seq, credit=1)))
                await connection.send(encode(Accepted(seq=batch.seq)))

    async with serve(grudging, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        queue: asyncio.Queue[TradeLine] = asyncio.Queue()
        for number in range(5):
            queue.put_nowait(a_line(number))
        queue.shutdown()
        await LinkClient(f"ws://127.0.0.1:{port}", "tests", flush_interval=0, max_batch_bytes=1).drain(queue)

    assert early == [False] * 5


async def test_credit_is_granted_anew_with_what_is_held() -> None:
    async def generous_later(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(encode(Welcome(version=VERSION, session="tests", held=0, accepted=0, credit=1)))
        await connection.recv()
        await connection.send(encode(Held(seq=1)))
        for _ in range(4):  # none of which is held
            await connection.recv()
        await connection.send(encode(Accepted(seq=5)))
        await connection.wait_closed()

    async with serve(generous_later, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        client = LinkClient(f"ws://127.0.0.1:{port}", "tests", flush_interval=0, max_batch_bytes=1)
        queue: asyncio.Queue[TradeLine] = asyncio.Queue()
        for number in range(5):
            queue.put_nowait(a_line(number))
        queue.shutdown()
        async with asyncio.timeout(10):
            await client.drain(queue)

    assert client.accepted == 5


async def test_nothing_to_send_needs_no_writer() -> None:
    queue: asyncio.Queue[TradeLine] = asyncio.Queue()
    queue.shutdown()

    await LinkClient("ws://127.0.0.1:9", "tests", wait=wait_none()).drain(queue)


async def test_draining_that_is_cancelled_ends_its_connection() -> None:
    async with serve(say(encode(WELCOME)), "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        client = LinkClient(f"ws://127.0.0.1:{port}", "tests")
        draining = asyncio.create_task(client.drain(asyncio.Queue()))
        draining.cancel()
        with pytest.raises(asyncio.CancelledError):
            await draining

    assert not client.connected


@pytest.mark.parametrize("address", ["localhost:7070", "unix:link.sock", "http://127.0.0.1:7070", "unix:", ""])
def test_an_address_that_is_none_is_refused_at_once(address: str) -> None:
    with pytest.raises((InvalidURI, ValueError)):
        LinkClient(address, "tests")
