"""The other side of a WebSocket, byte by byte: what no library would send can be sent."""

import asyncio
import base64
import hashlib
import ssl
import struct
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

type Play = Callable[["RawSocket"], Awaitable[None]]


def frame(kind: int, payload: bytes = b"", *, fin: bool = True, reserved: int = 0) -> bytes:
    """A frame as a server sends it (RFC 6455, 5.2)."""
    head = bytes([(0x80 if fin else 0) | reserved << 4 | kind])
    size = len(payload)
    if size < 126:
        return head + bytes([size]) + payload
    if size < 2**16:
        return head + struct.pack("!BH", 126, size) + payload
    return head + struct.pack("!BQ", 127, size) + payload


def good_bye(code: int, reason: str = "") -> bytes:
    """The frame that closes a connection."""
    return frame(CLOSE, struct.pack("!H", code) + reason.encode())


class RawSocket:
    """A client's connection after the handshake."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, *pieces: bytes) -> None:
        """Write the pieces, each for itself."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)

    async def hear(self) -> tuple[int, bytes]:
        """The next frame of the client: its kind and its payload. Raises `IncompleteReadError` at the end."""
        first, second = await self.reader.readexactly(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
        assert second & 0x80, "a client masks its frames"
        mask = await self.reader.readexactly(4)
        masked = await self.reader.readexactly(size)
        return first & 0xF, bytes(byte ^ mask[at % 4] for at, byte in enumerate(masked))

    async def bye(self) -> tuple[int, str]:
        """The code and the reason of the client's good-bye, which is answered."""
        while (heard := await self.hear())[0] != CLOSE:
            pass
        payload = heard[1]
        self.writer.write(frame(CLOSE, payload))
        return struct.unpack("!H", payload[:2])[0], payload[2:].decode()


class RawExchange:
    """Plays each connection as `play` does, on a free port; a connection ends when its play does."""

    def __init__(self, play: Play, *, answer: bytes | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._play = play
        self._answer = answer
        self._tls = tls
        self._server: asyncio.Server | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._attend, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"{'wss' if self._tls else 'ws'}://localhost:{self.port}/stream?streams=a"

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            key = next(line[19:] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key: "))
            accept = base64.b64encode(hashlib.sha1(key + _MAGIC).digest())  # noqa: S324  (the protocol's own)
            writer.write(
                self._answer
                or b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: "
                + accept
                + b"\r\n\r\n"
            )
            await self._play(RawSocket(reader, writer))
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()
