"""The writer's end against clients that do not keep to the protocol."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from coattail_runtime.link import LinkServer
from coattail_runtime.link.frames import (
    MAX_LINES_BYTES,
    MOST_CREDIT_BYTES,
    OLDEST_VERSION,
    VERSION,
    Accepted,
    Batch,
    BatchV1,
    Frame,
    Held,
    Hello,
    Refused,
    ToConnector,
    Welcome,
    decode_to_connector,
    encode,
)
from coattail_testing.link import FakeIntake

HELLO = Hello(version=VERSION, producer="tests", session="one")


@pytest.fixture
def intake() -> FakeIntake:
    return FakeIntake()


@pytest.fixture
async def server(intake: FakeIntake) -> AsyncIterator[LinkServer]:
    async with LinkServer("127.0.0.1", 0, intake) as server:
        yield server


def to(server: LinkServer) -> connect:
    return connect(f"ws://127.0.0.1:{server.port}", proxy=None)


def a_batch(seq: int) -> Batch:
    return Batch(seq=seq, source="binance", key="BTC-USDT", count=2, lines=b"{}\n{}")


async def say(connection: ClientConnection, *frames: Frame) -> None:
    for frame in frames:
        await connection.send(encode(frame))


async def hear(connection: ClientConnection) -> ToConnector:
    return decode_to_connector(await connection.recv())


async def until_accepted(connection: ClientConnection, seq: int) -> None:
    while await hear(connection) != Accepted(seq=seq):
        pass


async def closing_of(connection: ClientConnection) -> tuple[int, str]:
    """Read to the end; the code and the reason that the server closed with."""
    with suppress(ConnectionClosed):
        async with asyncio.timeout(60):
            while True:
                await connection.recv()
    assert connection.close_code is not None
    return connection.close_code, connection.close_reason or ""


async def test_a_batch_is_held_and_then_accepted(server: LinkServer, intake: FakeIntake) -> None:
    async with to(server) as connection:
        await say(connection, HELLO, a_batch(1))

        assert await hear(connection) == Welcome(version=VERSION, session=server.session, held=0, accepted=0)
        assert await hear(connection) == Held(seq=1)
        intake.accept()
        assert await hear(connection) == Accepted(seq=1)


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([b"\xc1"], "MessagePack"),
        (["hello"], "text message"),
        ([encode(a_batch(1))], "a batch before the hello"),
        ([encode(BatchV1(seq=1, source="b", key="A-B", count=1, lines=b"{}"))], "a batch before the hello"),
        ([encode(HELLO), encode(HELLO)], "a second hello"),
        ([encode(HELLO), b"junk"], "Expected"),
        ([encode(HELLO), encode(a_batch(1)), encode(a_batch(3))], "batch 3 came after batch 1"),
        (
            [encode(HELLO), encode(Batch(seq=1, source="b", key="A-B", count=9, lines=b"{}"))],
            "batch 1 says it has 9 lines and has 1",
        ),
    ],
)
async def test_a_bad_frame_closes_its_connection_with_the_reason(
    server: LinkServer, messages: list[bytes | str], reason: str
) -> None:
    async with to(server) as bad, to(server) as good:
        for message in messages:
            await bad.send(message)

        code, said = await closing_of(bad)

        assert (code, reason in said) == (1002, True), said
        await say(good, Hello(version=VERSION, producer="tests", session="two"), a_batch(1))
        assert isinstance(await hear(good), Welcome)
        assert await hear(good) == Held(seq=1)


async def test_a_frame_beyond_the_bound_closes_its_connection(server: LinkServer) -> None:
    async with to(server) as connection:
        await say(connection, HELLO)
        await connection.send(b"x" * 1_000_000)

        assert (await closing_of(connection))[0] == 1009


async def test_another_version_is_refused(server: LinkServer) -> None:
    async with to(server) as connection:
        await say(connection, Hello(version=VERSION + 1, producer="tests", session="one"))

        assert await hear(connection) == Refused(
            reason=f"link version {VERSION + 1} is not spoken here, but {OLDEST_VERSION} to {VERSION}"
        )
        assert (await closing_of(connection))[0] == 1008


async def test_a_newer_connection_of_a_producer_wins(server: LinkServer, intake: FakeIntake) -> None:
    async with to(server) as older, to(server) as newer:
        await say(older, HELLO, a_batch(1))
        assert isinstance(await hear(older), Welcome)
        assert await hear(older) == Held(seq=1)

        await say(newer, HELLO)

        assert await hear(newer) == Welcome(version=VERSION, session=server.session, held=1, accepted=0)
        assert (await closing_of(older))[0] == 1000
        await say(newer, a_batch(1), a_batch(2))
        assert await hear(newer) == Held(seq=2)
    assert len(intake.batches) == 2


async def test_a_producer_that_is_not_known_may_begin_anywhere(server: LinkServer, intake: FakeIntake) -> None:
    intake.accepting = True
    async with to(server) as connection:
        await say(connection, HELLO, a_batch(51), a_batch(52))
        await until_accepted(connection, 52)

    assert len(intake.batches) == 2


async def test_a_known_producer_is_told_where_it_stands(server: LinkServer, intake: FakeIntake) -> None:
    async with to(server) as connection:
        await say(connection, HELLO, a_batch(1))
        await hear(connection)
        await hear(connection)
        intake.accept()
        await until_accepted(connection, 1)

    async with to(server) as connection:
        await say(connection, HELLO)
        assert await hear(connection) == Welcome(version=VERSION, session=server.session, held=1, accepted=1)


async def test_an_ending_server_turns_connectors_away(server: LinkServer) -> None:
    await server.stop_taking()

    async with to(server) as connection:
        assert await closing_of(connection) == (1012, "the writer is ending")


async def test_one_that_says_hello_while_the_server_ends_is_turned_away_too(
    server: LinkServer, intake: FakeIntake
) -> None:
    async with to(server) as connection:
        await (await connection.ping())  # it is being listened to
        await server.stop_taking()

        await say(connection, HELLO, a_batch(1))

        assert await closing_of(connection) == (1012, "the writer is ending")
    assert intake.batches == []


async def test_a_full_writer_still_answers_pings() -> None:
    """Else each end would take the other for gone, and all that waits would travel again and again."""
    async with LinkServer("127.0.0.1", 0, FakeIntake(room=0)) as server, to(server) as connection:
        await say(connection, HELLO)
        await hear(connection)
        for seq in range(1, MOST_CREDIT_BYTES // MAX_LINES_BYTES + 1):
            await say(connection, Batch(seq=seq, source="b", key="A-B", count=1, lines=b"x" * MAX_LINES_BYTES))

        async with asyncio.timeout(60):
            await (await connection.ping())


async def test_an_ending_server_still_answers_pings(server: LinkServer) -> None:
    async with to(server) as connection:
        await say(connection, HELLO, a_batch(1))
        await hear(connection)
        await server.stop_taking()
        await say(connection, *(a_batch(seq) for seq in range(2, 50)))

        async with asyncio.timeout(60):
            await (await connection.ping())


async def test_more_than_the_credit_closes_its_connection() -> None:
    async with LinkServer("127.0.0.1", 0, FakeIntake(room=0), rest_seconds=0) as server, to(server) as connection:
        await say(connection, HELLO)
        await hear(connection)
        for seq in range(1, MOST_CREDIT_BYTES // MAX_LINES_BYTES + 2):
            await say(connection, Batch(seq=seq, source="b", key="A-B", count=1, lines=b"x" * MAX_LINES_BYTES))

        code, reason = await closing_of(connection)

    assert (code, "more than was given credit for" in reason) == (1002, True)


async def test_what_a_producer_brought_before_it_was_gone_is_taken_and_not_waited_for_without_end() -> None:
    intake = FakeIntake(room=1)
    async with LinkServer("127.0.0.1", 0, intake, rest_seconds=0) as server:
        for session in ("one", "two", "three"):
            connection = await to(server)
            await say(connection, Hello(version=VERSION, producer="tests", session=session), a_batch(1), a_batch(2))
            await hear(connection)
            await (await connection.ping())
            connection.transport.abort()
        async with asyncio.timeout(60):
            while server.connections:  # noqa: ASYNC110  (the server has no event)
                await asyncio.sleep(0.001)

    assert len(intake.batches) == 1


async def test_a_reason_that_a_closing_frame_has_no_room_for_is_cut(server: LinkServer) -> None:
    async with to(server) as connection:
        await connection.send(msgspec.msgpack.encode({"type": "€" * 100}))

        code, reason = await closing_of(connection)

    assert (code, reason.rstrip("€")) == (1002, "Invalid value '")


async def test_a_port_in_use_is_one_line_that_names_the_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as ended:
            async with LinkServer("127.0.0.1", port, FakeIntake(), setting="KINESIS_WRITER_LINK_PORT"):
                pass

    assert ended.value.code == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert f"port {port} on 127.0.0.1 is in use" in line
    assert "KINESIS_WRITER_LINK_PORT" in line
