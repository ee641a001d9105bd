"""The socket of the connectors against a server whose every byte is chosen."""

import asyncio
import struct

import picows
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libs.connector.tests.raw_exchange import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    RawExchange,
    RawSocket,
    frame,
    good_bye,
)

from coattail_connector import Connect, SocketClosedError, SocketOptions, WebSocket

OPTIONS = SocketOptions(max_size=1_000, open_timeout=5, close_timeout=5)
PATIENT = SocketOptions(max_size=2**22)


async def until_the_end(socket: WebSocket) -> tuple[list[bytes], SocketClosedError]:
    """Everything that comes, and how it ends."""
    messages: list[bytes] = []
    try:
        while True:
            await socket.more()
            while socket.frames:
                messages.append(socket.frames.popleft())
    except SocketClosedError as closed:
        return messages, closed


async def played(*pieces: bytes, options: SocketOptions = OPTIONS) -> tuple[list[bytes], SocketClosedError, int]:
    """What comes of these pieces, how it ends, and the code of our good-bye (0: none)."""
    codes: list[int] = []

    async def play(server: RawSocket) -> None:
        await server.say(*pieces)
        codes.append((await server.bye())[0])

    async with RawExchange(play) as exchange, Connect(exchange.url, options) as socket:
        messages, closed = await until_the_end(socket)
    return messages, closed, codes[0] if codes else 0


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """Messages, pings, and the bytes that carry them: in parts, with pings between, cut anywhere."""
    messages = draw(st.lists(st.one_of(st.binary(max_size=300), st.text(max_size=70).map(str.encode)), max_size=8))
    pings: list[bytes] = []
    wire = b""
    for message in messages:
        cuts = sorted(draw(st.lists(st.integers(0, len(message)), max_size=3)))
        parts = [message[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(message)], strict=True)]
        for at, part in enumerate(parts):
            if draw(st.integers(0, 3)) == 0:
                pings.append(draw(st.binary(max_size=125)))
                wire += frame(PING, pings[-1])
            kind = CONTINUATION if at else draw(st.sampled_from([TEXT, BINARY]))
            wire += frame(kind, part, fin=at == len(parts) - 1)
    wire += good_bye(1000)
    places = sorted(draw(st.lists(st.integers(0, len(wire)), max_size=12)))
    pieces = [wire[begin:end] for begin, end in zip([0, *places], [*places, len(wire)], strict=True)]
    return messages, pings, pieces


@settings(max_examples=150)
@given(streams())
def test_messages_come_whole_and_in_order_however_they_are_parted(
    stream: tuple[list[bytes], list[bytes], list[bytes]],
) -> None:
    messages, pings, pieces = stream
    heard: list[tuple[int, bytes]] = []

    async def play(server: RawSocket) -> None:
        await server.say(*pieces)
        while not heard or heard[-1][0] != CLOSE:
            heard.append(await server.hear())

    async def scene() -> list[bytes]:
        async with RawExchange(play) as exchange, Connect(exchange.url, OPTIONS) as socket:
            return (await until_the_end(socket))[0]

    assert asyncio.run(scene()) == messages
    assert heard == [*((PONG, ping) for ping in pings), (CLOSE, struct.pack("!H", 1000))]


@pytest.mark.parametrize(
    "pieces",
    [
        (frame(TEXT, b"x" * 1_001),),
        (frame(TEXT, b"a", fin=False) + frame(CONTINUATION, b"x" * 1_000),),
        (frame(TEXT, b"x" * 999, fin=False), frame(CONTINUATION, b"xx", fin=False), frame(CONTINUATION)),
        (frame(TEXT, b"x" * 999, fin=False) + frame(CONTINUATION, b"xx", fin=False) + frame(CONTINUATION),),
        (frame(BINARY, b"x" * 70_000),),
    ],
)
async def test_what_is_too_long_ends_the_connection(pieces: tuple[bytes, ...]) -> None:
    messages, closed, code = await played(frame(TEXT, b"before") + pieces[0], *pieces[1:], frame(TEXT, b"behind"))
    assert messages[:1] == [b"before"]
    assert all(message == b"behind" for message in messages[1:])
    assert closed.oversized
    assert code == 1009


async def test_the_longest_that_is_allowed_comes() -> None:
    longest = b"x" * 1_000
    parts = frame(TEXT, longest[:500], fin=False) + frame(CONTINUATION, longest[500:])
    messages, closed, _ = await played(frame(TEXT, longest), parts, good_bye(1000))
    assert messages == [longest, longest]
    assert not closed.oversized


@pytest.mark.parametrize(
    "wrong",
    [
        frame(CONTINUATION, b"of none"),
        frame(TEXT, b"a", fin=False) + frame(TEXT, b"within"),
        frame(TEXT, b"compressed?", reserved=4),
        frame(3, b"no such kind"),
        frame(PING, b"in parts", fin=False),
    ],
)
async def test_what_breaks_the_protocol_ends_the_connection(wrong: bytes) -> None:
    messages, closed, code = await played(frame(TEXT, b"before") + wrong)
    assert messages == [b"before"]
    assert not closed.oversized
    assert code == 1002


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ((good_bye(4001, "slow consumer"),), "received 4001 slow consumer, then sent 4001"),
        ((good_bye(1001),), "received 1001, then sent 1001"),
        ((frame(CLOSE),), "received 0, then sent 1000"),
    ],
)
async def test_how_the_other_side_ends_it_is_told(pieces: tuple[bytes, ...], text: str) -> None:
    assert str((await played(*pieces))[1]) == text


async def test_a_connection_may_be_lost_without_a_word() -> None:
    async def play(server: RawSocket) -> None:
        await server.say(frame(TEXT, b"last"), frame(TEXT, b"half a message", fin=False))
        server.writer.transport.abort()

    async with RawExchange(play) as exchange, Connect(exchange.url, OPTIONS) as socket:
        messages, closed = await until_the_end(socket)
        with pytest.raises(SocketClosedError):
            await socket.send("too late")
    assert messages == [b"last"]
    assert str(closed) == "the connection was lost without a word"


async def test_closing_says_good_bye_and_keeps_what_had_come() -> None:
    byes: list[tuple[int, str]] = []

    async def play(server: RawSocket) -> None:
        await server.say(*(frame(TEXT, b"%d" % number) for number in range(100)))
        byes.append(await server.bye())

    async with RawExchange(play) as exchange:
        socket = await Connect(exchange.url, OPTIONS).open()
        await socket.more()
        await asyncio.gather(socket.close(), socket.close())
        messages, closed = await until_the_end(socket)
    assert messages == [b"%d" % number for number in range(100)]
    assert byes == [(1000, "")]
    assert str(closed) == "sent 1000, then received 1000"


async def test_a_good_bye_that_is_not_answered_is_waited_for_so_long() -> None:
    async def play(server: RawSocket) -> None:
        await server.reader.read()

    async with RawExchange(play) as exchange:
        socket = await Connect(exchange.url, SocketOptions(close_timeout=0.01)).open()
        await socket.close()
        with pytest.raises(SocketClosedError, match="sent 1000"):
            await socket.more()


async def test_a_good_bye_that_is_not_heard_does_not_fill_the_memory() -> None:
    async def play(server: RawSocket) -> None:
        while True:
            await server.say(frame(TEXT, b"x" * 1_000))

    async with RawExchange(play) as exchange:
        socket = await Connect(exchange.url, SocketOptions(max_size=100_000, close_timeout=60)).open()
        await socket.close()
    assert sum(map(len, socket.frames)) < 1_000_000


async def test_it_is_read_no_further_than_somebody_takes() -> None:
    count, size = 4_000, 4_000
    sent = 0

    async def play(server: RawSocket) -> None:
        nonlocal sent
        for sent in range(count):
            await server.say(frame(TEXT, b"%d " % sent + b"x" * size))
        await server.bye()

    async with RawExchange(play) as exchange, Connect(exchange.url, PATIENT) as socket:
        numbers = []
        for _ in range(2):  # what comes with the handshake, and then what is waited for
            await socket.more()
            for _ in range(count):
                await asyncio.sleep(0)
            assert len(socket.frames) * size < 1_000_000
            assert sent < count - 1
            while socket.frames:
                numbers.append(int(socket.frames.popleft().split()[0]))
        while len(numbers) < count:
            await socket.more()
            while socket.frames:
                numbers.append(int(socket.frames.popleft().split()[0]))
    assert numbers == list(range(count))


async def test_a_side_that_does_not_answer_pings_is_left() -> None:
    async def play(server: RawSocket) -> None:
        while (await server.hear())[0] != CLOSE:
            pass

    options = SocketOptions(ping_interval=0.02, ping_timeout=0.01)
    async with RawExchange(play) as exchange, Connect(exchange.url, options) as socket:
        _, closed = await until_the_end(socket)
    assert "sent 1001 peer has not replied to ping" in str(closed)


async def test_a_side_that_sends_is_not_pinged() -> None:
    heard = []

    async def play(server: RawSocket) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + 1.2
        while loop.time() < end:
            await server.say(frame(TEXT, b"news"))
        await server.say(good_bye(1000))
        heard.append(await server.hear())

    options = SocketOptions(ping_interval=0.5, ping_timeout=0.5)
    async with RawExchange(play) as exchange, Connect(exchange.url, options) as socket:
        _, closed = await until_the_end(socket)
    assert "received 1000" in str(closed)
    assert heard[0][0] == CLOSE


async def test_a_side_that_answers_pings_is_not_left() -> None:
    async def play(server: RawSocket) -> None:
        for _ in range(2):
            kind, payload = await server.hear()
            assert kind == PING
            await server.say(frame(PONG, payload))
        await server.say(frame(TEXT, b"still here"), good_bye(1000))
        await server.bye()

    options = SocketOptions(ping_interval=0.5, ping_timeout=0.5)
    async with RawExchange(play) as exchange, Connect(exchange.url, options) as socket:
        messages, closed = await until_the_end(socket)
    assert messages == [b"still here"]
    assert "received 1000" in str(closed)


async def test_words_arrive_as_text() -> None:
    heard: list[tuple[int, bytes]] = []

    async def play(server: RawSocket) -> None:
        heard.extend([await server.hear(), await server.hear(), await server.hear()])
        await server.bye()

    long = "x" * 1_000_000  # more than the system takes at once
    async with RawExchange(play) as exchange, Connect(exchange.url, OPTIONS) as socket:
        assert socket.host == f"localhost:{exchange.port}"
        for words in ("subscribe", b'{"method":"subscribe"}', long):
            await socket.send(words)
    assert heard == [(TEXT, b"subscribe"), (TEXT, b'{"method":"subscribe"}'), (TEXT, long.encode())]


async def test_words_wait_until_the_other_side_takes_them() -> None:
    taking = asyncio.Event()

    async def play(server: RawSocket) -> None:
        await taking.wait()
        while await server.reader.read(2**20):
            pass

    async with RawExchange(play) as exchange, Connect(exchange.url, SocketOptions(close_timeout=0.05)) as socket:

        async def speak() -> None:
            for _ in range(32):  # far more than the system takes
                await socket.send("x" * 1_000_000)

        speaking = asyncio.create_task(speak())
        for _ in range(1_000):
            await asyncio.sleep(0)
        had_spoken = speaking.done()
        taking.set()
        await speaking
    assert not had_spoken


async def test_a_side_that_says_good_bye_and_stays_is_left() -> None:
    async def play(server: RawSocket) -> None:
        await server.say(good_bye(1000))
        await server.reader.read()

    async with (
        RawExchange(play) as exchange,
        asyncio.timeout(60),
        Connect(exchange.url, SocketOptions(close_timeout=0.05)) as socket,
    ):
        _, closed = await until_the_end(socket)
    assert "received 1000" in str(closed)


class BrokenSocket(WebSocket):
    """Has a fault."""

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:  # noqa: ARG002
        message = "a fault of ours"
        raise RuntimeError(message)


async def test_a_fault_of_ours_is_not_swallowed() -> None:
    async def play(server: RawSocket) -> None:
        await server.say(frame(TEXT, b"a"))
        await server.bye()

    async with RawExchange(play) as exchange:
        socket = BrokenSocket(OPTIONS)
        await picows.ws_connect(lambda: socket, exchange.url)
        with pytest.raises(RuntimeError, match="a fault of ours"):
            await socket.more()
