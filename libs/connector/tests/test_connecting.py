"""How a connection of the connectors comes about, or does not."""

import asyncio
import gc
import ssl
import warnings
from pathlib import Path

import pytest
from libs.connector.tests.certificates import certificate
from libs.connector.tests.raw_exchange import TEXT, RawExchange, RawSocket, frame, good_bye

from coattail_connector import Connect, SessionRefusedError, SocketOptions

OPTIONS = SocketOptions(open_timeout=5, close_timeout=5)


@pytest.mark.parametrize("status", ["403 Forbidden", "429 Too Many Requests", "503 Service Unavailable", "200 OK"])
async def test_a_handshake_that_is_turned_down_tells_the_status(status: str) -> None:
    async def play(server: RawSocket) -> None:
        await server.reader.read()

    answer = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()
    async with RawExchange(play, answer=answer) as exchange:
        with pytest.raises(SessionRefusedError, match=status[:3]):
            await Connect(exchange.url, OPTIONS).open()


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, "Retry-After: 60", 60),
        (418, "Retry-After: 120", 120),
        (429, "X-Nothing: 1", 10),
        (503, "Retry-After: 30", 30),
        (503, "Retry-After: Tue, 06 Jan 2026 10:00:30 GMT\r\nDate: Tue, 06 Jan 2026 10:00:00 GMT", 30),
        (503, "X-Nothing: 1", 0),
        (414, "X-Nothing: 1", 0),
    ],
)
async def test_a_handshake_that_is_turned_down_tells_how_long_to_wait(status: int, headers: str, seconds: int) -> None:
    """Asked to wait for a minute, it asked five times in six seconds."""

    async def play(server: RawSocket) -> None:
        await server.reader.read()

    answer = f"HTTP/1.1 {status} No\r\n{headers}\r\nContent-Length: 0\r\n\r\n".encode()
    async with RawExchange(play, answer=answer) as exchange:
        with pytest.raises(SessionRefusedError) as refused:
            await Connect(exchange.url, OPTIONS).open()
    assert (refused.value.status, refused.value.retry_after) == (status, seconds)


async def test_a_country_that_is_not_served_is_said_so() -> None:
    async def play(server: RawSocket) -> None:
        await server.reader.read()

    answer = b"HTTP/1.1 451 Unavailable For Legal Reasons\r\nContent-Length: 0\r\n\r\n"
    async with RawExchange(play, answer=answer) as exchange:
        with pytest.raises(SessionRefusedError, match=r"451.*does not serve the country of this machine"):
            await Connect(exchange.url, OPTIONS).open()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 101 Switching", b"\r\n", b"\x00\xff" * 9_000, b"HTTP/1.1 101\r\n\r\n"])
async def test_what_is_no_handshake_may_be_over_at_the_next_attempt(answer: bytes) -> None:
    async def play(_server: RawSocket) -> None:
        pass

    async with RawExchange(play, answer=answer) as exchange:
        with pytest.raises((SessionRefusedError, OSError)):
            await Connect(exchange.url, OPTIONS).open()


async def test_a_handshake_that_does_not_end_is_given_up_and_let_go() -> None:
    begun, gone = asyncio.Event(), asyncio.Event()

    async def play(server: RawSocket) -> None:
        begun.set()
        await server.reader.read()
        gone.set()

    async with RawExchange(play, answer=b"HTTP/1.1 101 Switching") as exchange:
        while not begun.is_set():  # on a busy machine the time may be over before there is a connection
            with pytest.raises(TimeoutError):
                await Connect(exchange.url, SocketOptions(open_timeout=0.05)).open()
        await gone.wait()


def test_a_handshake_given_up_as_its_answer_comes_is_closed() -> None:
    """The answer waits in the socket when `open` is cancelled. picows reads it then, and the connection stayed open."""

    async def give_up() -> None:
        async def play(server: RawSocket) -> None:
            opening.cancel()
            await server.reader.read()

        async with RawExchange(play) as exchange:
            opening = asyncio.create_task(Connect(exchange.url, OPTIONS).open())
            with pytest.raises(asyncio.CancelledError):
                await opening

    with warnings.catch_warnings(record=True) as unclosed:
        warnings.simplefilter("always", ResourceWarning)
        asyncio.run(give_up())
        gc.collect()
    assert not unclosed


async def test_nobody_there_is_an_error_of_the_system() -> None:
    async with RawExchange(RawSocket.say) as exchange:
        url = exchange.url
    with pytest.raises(OSError, match=r"refused|failed"):
        await Connect(url, OPTIONS).open()


async def test_the_environments_proxy_is_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as proxy:
        monkeypatch.setenv("wss_proxy", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "")
        with pytest.raises(SessionRefusedError, match="403"):
            await Connect("wss://stream.example:9443/ws", OPTIONS).open()
    assert asked[0].startswith(b"CONNECT stream.example:9443 HTTP/1.1\r\n")


async def test_a_certificate_must_be_trusted_and_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(server: RawSocket) -> None:
        await server.say(frame(TEXT, b"in secret"), good_bye(1000))
        await server.bye()

    for name, trusted in (("localhost", True), ("localhost", False), ("another.example", True)):
        tls = certificate(tmp_path, name)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem") if trusted else str(tmp_path / "none"))
        async with RawExchange(play, tls=tls) as exchange:
            if trusted and name == "localhost":
                async with Connect(exchange.url, OPTIONS) as socket:
                    await socket.more()
                    assert socket.frames[0] == b"in secret"
                continue
            with pytest.raises(ssl.SSLCertVerificationError):
                await Connect(exchange.url, OPTIONS).open()
