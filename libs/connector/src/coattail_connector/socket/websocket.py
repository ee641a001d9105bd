"""A WebSocket to an exchange, whose frames are taken together as one read brought them. picows parses, nothing is compressed.

The socket is read only while somebody waits for frames, and no oftener than every 20 ms while few come: a wake-up costs more
than a frame does. A slow reader slows the exchange.
"""

import asyncio
import logging
import socket
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Final, NoReturn

import picows
from aiohappyeyeballs import start_connection
from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSProtocolError, WSTransport
from python_socks import ProxyError
from websockets.proxy import get_proxy
from websockets.uri import parse_uri

from coattail_connector.frames.messages import SessionRefusedError
from coattail_connector.options import SocketOptions
from coattail_connector.retry_after import TOO_MANY, retry_after
from coattail_connector.socket.closing import SocketClosedError

_REST_SECONDS: Final = 0.02
_MANY_FRAMES: Final = 64
"""So many in one read, and the next one is not waited for."""

_NOT_SERVED_HERE: Final = 451

_TEXT: Final = WSMsgType.TEXT
_CONTINUATION: Final = WSMsgType.CONTINUATION
_DATA: Final = (_TEXT, WSMsgType.BINARY, _CONTINUATION)
_CLOSE: Final = WSMsgType.CLOSE

_QUIET: Final = logging.getLogger(__name__)
"""What picows would log: all of it is raised."""
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False


class WebSocket(WSListener):
    """An open connection; `connect` makes one. For one reader: it takes from the left of `frames`, and awaits `more`."""

    def __init__(self, options: SocketOptions) -> None:
        self.frames: Final[deque[bytes]] = deque()
        """Whole messages, text or binary, that came and were not taken; the oldest is on the left."""
        self.host = ""
        """What we call the other side."""
        self._max_size = options.max_size
        self._close_timeout = options.close_timeout
        self._begun: bytearray | None = None
        """The parts that came of a message that is not whole yet."""
        self._after_bye = 0
        """Bytes that came since we said good-bye."""
        self.opened = False
        """Whether the handshake was done."""
        self._transport: WSTransport
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._read_at = 0.0
        self._failed = False
        self._leaving = False
        self._abandoned = False
        self._ended = False

    async def more(self) -> None:
        """Wait until there are frames. Raises `SocketClosedError` when no more will come."""
        while not self.frames:
            if self._ended:
                await self._raise_why()
            self._news.clear()
            rest = self._read_at - self._loop.time()
            if rest > 0:
                self._loop.call_later(rest, self._read_on)
            else:
                self._read_on()
            await self._news.wait()
            if len(self.frames) >= _MANY_FRAMES:
                self._read_at = 0.0

    async def send(self, words: str | bytes) -> None:
        """Send a text frame; waits while much waits to be sent. Raises `SocketClosedError`."""
        if self._ended or self._transport.is_close_frame_sent:
            raise SocketClosedError(self._transport)
        self._transport.send(_TEXT, words)
        await self._writable.wait()

    async def close(self) -> None:
        """Say good-bye and wait for the answer, as long as the options allow. What came before it stays in `frames`."""
        self._transport.send_close(WSCloseCode.OK)
        self._leave()
        try:
            async with asyncio.timeout(self._close_timeout):
                await self.wait_closed()
        except TimeoutError:
            self._transport.disconnect(graceful=False)
            await self.wait_closed()

    async def wait_closed(self) -> None:
        """Wait until either side has ended the connection."""
        with suppress(Exception):  # `more` raises it
            await self._transport.wait_disconnected()

    def abandon(self) -> None:
        """End the connection at once: now if it is open, else as soon as it is."""
        self._abandoned = True
        if self.opened:
            self._transport.disconnect(graceful=False)

    def on_ws_connected(self, transport: WSTransport) -> None:
        """For picows: the handshake is done."""
        self._transport, self.opened = transport, True
        self.host = transport.request.headers["Host"]
        if self._abandoned:  # the answer had come already; a paused transport would never find its end
            transport.disconnect(graceful=False)
        else:
            transport.underlying_transport.pause_reading()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """For picows: a frame was read. Raises `WSProtocolError`, with which picows closes the connection."""
        kind = frame.msg_type
        if kind == _CLOSE:
            self._leave()
            code = frame.get_close_code()
            transport.send_close(WSCloseCode.OK if code == WSCloseCode.NO_INFO else code)
            self._loop.call_later(self._close_timeout, transport.disconnect, False)
        elif kind in _DATA:
            self._part(frame, first=kind != _CONTINUATION)

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002
        """For picows: the connection has ended."""
        self._ended = True
        self._news.set()
        self._writable.set()

    def pause_writing(self) -> None:
        """For picows: much waits to be sent."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """For picows: it has been sent."""
        if not self._ended:
            self._writable.set()

    def _part(self, frame: WSFrame, *, first: bool) -> None:
        if self._failed:
            return  # what follows in the same read
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._fail(WSCloseCode.PROTOCOL_ERROR, "a frame with reserved bits")
        if first is (self._begun is not None):
            self._fail(WSCloseCode.PROTOCOL_ERROR, "a message within another, or a part of none")
        size = frame.payload_size + (0 if self._begun is None else len(self._begun))
        if size > self._max_size:  # picows may bring even one that it has refused
            self._fail(WSCloseCode.MESSAGE_TOO_BIG, f"{size} bytes of a message, {self._max_size} are allowed")
        if self._begun is None and frame.fin:
            self._came(frame.get_payload_as_bytes())
            return
        self._begun = self._begun or bytearray()
        self._begun += frame.get_payload_as_memoryview()
        if frame.fin:
            message, self._begun = bytes(self._begun), None
            self._came(message)

    def _fail(self, code: WSCloseCode, reason: str) -> NoReturn:
        self._failed = True
        raise WSProtocolError(code, reason)

    def _came(self, message: bytes) -> None:
        self.frames.append(message)
        if self._leaving:
            self._after_bye += len(message)
            if self._after_bye > self._max_size:  # our good-bye was not heard
                self._transport.disconnect(graceful=False)
        elif not self._news.is_set():
            self._read_at = self._loop.time() + _REST_SECONDS
            self._transport.underlying_transport.pause_reading()
        self._news.set()

    def _read_on(self) -> None:
        self._transport.underlying_transport.resume_reading()

    def _leave(self) -> None:
        """From now on read whether or not somebody waits: the end is to be found."""
        self._leaving = True
        self._read_on()

    async def _raise_why(self) -> NoReturn:
        try:
            await self._transport.wait_disconnected()
        except WSProtocolError as error:
            raise SocketClosedError(self._transport) from error
        raise SocketClosedError(self._transport)


def _turned_down(error: Exception) -> SessionRefusedError:
    response = error.response if isinstance(error, picows.WSHandshakeError) else None
    if response is None:
        return SessionRefusedError(str(error))
    status = int(response.status)
    pause = retry_after(response.headers) if status in TOO_MANY else retry_after(response.headers, 0)
    text = (
        f"{error}; the exchange does not serve the country of this machine"
        if status == _NOT_SERVED_HERE
        else str(error)
    )
    return SessionRefusedError(text, status=status, retry_after=pause)


class Connect:
    """A connection to `url` that is not opened yet: by `open`, or as a context that closes it."""

    def __init__(self, url: str, options: SocketOptions) -> None:
        self._url = url
        self._options = options
        self._socket: WebSocket | None = None

    async def __aenter__(self) -> WebSocket:
        self._socket = await self.open()
        return self._socket

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._socket is not None  # noqa: S101  (the context is open)
        await self._socket.close()

    async def open(self) -> WebSocket:
        """Connect, by the proxy that the environment names if it does, with the machine's trust in certificates.

        Raises `OSError` (`TimeoutError` among them) and, when the other side turns the handshake down, `SessionRefusedError`.
        """
        opening = WebSocket(self._options)
        dialled: list[socket.socket] = []
        try:
            async with asyncio.timeout(self._options.open_timeout):
                await self._shake_hands(opening, dialled)
        except BaseException as error:
            opening.abandon()
            for one in dialled:  # picows lets go of a handshake that is under way only when the other side does
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            if isinstance(error, (picows.WSError, ProxyError)):
                raise _turned_down(error) from error
            raise
        return opening

    async def _shake_hands(self, opening: WebSocket, dialled: list[socket.socket]) -> None:
        async def dial(to: picows.WSParsedURL) -> socket.socket:
            addresses = await asyncio.get_running_loop().getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)
            dialled.append(await start_connection(addresses))
            return dialled[-1]

        proxy = get_proxy(parse_uri(self._url))
        await picows.ws_connect(
            lambda _request, _response: opening,
            self._url,
            websocket_handshake_timeout=None,  # ours is from the first step on
            logger_name=_QUIET,
            enable_auto_ping=True,
            auto_ping_idle_timeout=self._options.ping_interval,
            auto_ping_reply_timeout=self._options.ping_timeout,
            auto_ping_strategy=picows.WSAutoPingStrategy.PING_WHEN_IDLE,
            max_frame_size=self._options.max_size,
            proxy=proxy and proxy.replace("socks5h://", "socks5://"),
            socket_factory=dial,
            use_aiofastnet=False,
        )
        if not opening.opened:
            problem = "the connection ended in the middle of the handshake"
            raise ConnectionResetError(problem)
