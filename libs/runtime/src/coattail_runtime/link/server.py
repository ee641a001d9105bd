"""The writer's end of the link: any number of connectors, each batch put into the intake and acknowledged twice."""

import asyncio
import hmac
import uuid
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from aws_lambda_powertools import Logger
from websockets.asyncio.server import Server, ServerConnection, serve, unix_serve
from websockets.exceptions import ConnectionClosed

from coattail_runtime import telemetry
from coattail_runtime.link.frames import (
    MAX_FRAME_BYTES,
    MOST_CREDIT_BYTES,
    OLDEST_VERSION,
    VERSION,
    Accepted,
    Batch,
    FrameError,
    Held,
    Hello,
    Refused,
    Welcome,
    common_version,
    decode_hello,
    decode_to_writer,
    encode,
)
from coattail_runtime.link.inbox import Inbox
from coattail_runtime.link.intake import Intake
from coattail_runtime.link.producers import Producer, Producers
from coattail_runtime.ports import refuse_port
from coattail_runtime.settings import refuse

_HELLO_SECONDS: Final = 10.0
_PING_SECONDS: Final = 5.0
_PONG_SECONDS: Final = 15.0
_REASON_BYTES: Final = 123
_FRAMES_READ_AHEAD: Final = 4
_OWNER_AND_GROUP: Final = 0o660

_POLICY: Final = 1008
_PROTOCOL: Final = 1002
_NORMAL: Final = 1000
_RESTART: Final = 1012


class LinkServer:
    """Serves the link while its context is open; `port` then holds the bound port (0 asks for any free one).

    With a `path` it is served on a unix socket there, which the owner and the group may use, and not over TCP.
    Connections share `credit_bytes`: so much of their lines may travel that is not held, and one batch each. What a connection
    that has ended brought before is still taken for `rest_seconds`.

    A bad frame closes its connection with the reason. With a `token`, a producer must show the same one. When the
    address cannot be had, the process ends with code 2 and a line that names `setting`.
    """

    def __init__(
        self,
        host: str,
        port: int,
        intake: Intake,
        *,
        path: Path | None = None,
        token: str | None = None,
        credit_bytes: int = 32 * 1024 * 1024,
        rest_seconds: float = 5,
        setting: str = "the link's port",
        log: Logger | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.session = uuid.uuid4().hex
        """New with each server: what a connector tells a restarted writer by."""
        self._intake = intake
        self._path = path
        self._token = token
        self._credit_bytes = credit_bytes
        self._rest_seconds = rest_seconds
        self._setting = setting
        self._log = log or telemetry.logger("link")
        self._producers = Producers()
        self._takers: set[asyncio.Task[str]] = set()
        self._stopped = False
        self._server: Server | None = None

    @property
    def place(self) -> str:
        """Where it is served, for a person."""
        return f"port {self.port}" if self._path is None else str(self._path)

    @property
    def connections(self) -> int:
        """Connectors that are being served."""
        return len(self._takers)

    @property
    def credit(self) -> int:
        """The bytes of lines that each connection may have under way now."""
        return min(MOST_CREDIT_BYTES, max(1, self._credit_bytes // max(1, len(self._takers))))

    async def __aenter__(self) -> Self:
        options: dict[str, Any] = {
            "compression": None,
            "max_size": MAX_FRAME_BYTES,
            "max_queue": _FRAMES_READ_AHEAD,
            "ping_interval": _PING_SECONDS,
            "ping_timeout": _PONG_SECONDS,
            "close_timeout": 2,
        }
        try:
            if self._path is not None:
                await self._refuse_where_another_serves(self._path)
                self._server = await unix_serve(self._connection, str(self._path), **options)
                self._path.chmod(_OWNER_AND_GROUP)
                return self
            self._server = await serve(self._connection, self.host, self.port, **options)
        except OSError as error:
            if self._path is not None:
                refuse(
                    f"cannot listen on {self._path} ({error.strerror or error}); set {self._setting} to a path to use"
                )
            refuse_port(error, self.host, self.port, self._setting)
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None  # noqa: S101  (the context is open)
        await self.stop_taking()
        self._server.close()
        await self._server.wait_closed()

    async def _refuse_where_another_serves(self, path: Path) -> None:
        """A socket that was left behind is in nobody's way; asyncio would take one that is served away from its server too."""
        try:
            _, writer = await asyncio.open_unix_connection(path)
        except OSError:
            return
        writer.close()
        refuse(f"{path} is in use by another process; end it or set {self._setting} to another path")

    async def stop_taking(self) -> None:
        """Take no more batches; connections stay open, so that what is held can still be reported as accepted."""
        self._stopped = True
        takers = set(self._takers)
        for taker in takers:
            taker.cancel()
        if takers:
            await asyncio.wait(takers)

    async def _connection(self, socket: ServerConnection) -> None:
        peer = str(socket.remote_address)
        try:
            introduced = None if self._stopped else await self._introduction(socket)
            if self._stopped:
                await socket.close(_RESTART, "the writer is ending")
                return
            if introduced is None:
                return
            reason = await self._serve(socket, *introduced)
            await socket.close(_PROTOCOL if reason else _NORMAL, _closing(reason))
        except FrameError as error:
            reason = str(error)
            await socket.close(_PROTOCOL, _closing(reason))
        except ConnectionClosed:
            return
        if reason:
            self._log.warning("link closed over a bad frame", peer=peer, reason=reason)

    async def _introduction(self, socket: ServerConnection) -> tuple[Hello, int] | None:
        """Who the producer is, and the version to go on in; `None` when it was refused."""
        try:
            async with asyncio.timeout(_HELLO_SECONDS):
                hello = decode_hello(await socket.recv())
        except TimeoutError:
            await socket.close(_POLICY, f"no hello within {_HELLO_SECONDS:.0f} s")
            return None
        version = common_version(hello)
        if version is None:
            refusal = f"link version {hello.version} is not spoken here, but {OLDEST_VERSION} to {VERSION}"
        elif not self._admits(hello.token):
            refusal = "the token is missing or wrong"
        else:
            return hello, version
        self._log.warning("link refused", producer=hello.producer, reason=refusal)
        await socket.send(encode(Refused(reason=refusal)))
        await socket.close(_POLICY, refusal)
        return None

    def _admits(self, token: str | None) -> bool:
        return self._token is None or hmac.compare_digest((token or "").encode(), self._token.encode())

    async def _serve(self, socket: ServerConnection, hello: Hello, version: int) -> str:
        """Take batches and acknowledge them until the connection ends; the reason to close it with, or nothing."""
        producer = self._producers.get(hello.producer, hello.session)
        inbox = Inbox()
        taker = await producer.claim(lambda: asyncio.create_task(self._take(inbox, producer)))
        self._takers.add(taker)
        if self._stopped:  # meanwhile
            taker.cancel()
        welcome = Welcome(
            version=version,
            session=self.session,
            held=producer.held,
            accepted=producer.accepted,
            credit=self.credit,
        )
        reader = asyncio.create_task(self._read(socket, inbox, version))
        voice = asyncio.create_task(self._speak(socket, producer, welcome))
        self._log.info(
            "link open",
            producer=hello.producer,
            producer_session=hello.session,
            held=welcome.held,
            link_version=version,
        )
        try:
            await asyncio.wait({taker, reader}, return_when=asyncio.FIRST_COMPLETED)
            if not taker.done():
                await asyncio.wait({taker}, timeout=self._rest_seconds)
                taker.cancel()
                await asyncio.wait({taker})
            if self._stopped:
                await socket.wait_closed()
            return inbox.reason if taker.cancelled() else taker.result()
        finally:
            self._takers.discard(taker)
            reader.cancel()
            voice.cancel()
            await asyncio.wait({reader, voice})
            self._log.info("link ended", producer=hello.producer, held=producer.held, accepted=producer.accepted)

    async def _read(self, socket: ServerConnection, inbox: Inbox, version: int) -> None:
        """Read what comes as it comes, until the connection ends or something is wrong with it."""
        reason = ""
        try:
            async for message in socket:
                frame = decode_to_writer(message, version)
                if not isinstance(frame, Batch):
                    reason = "a second hello"
                    break
                inbox.add(frame)
        except FrameError as error:
            reason = str(error)
        except ConnectionClosed:
            pass
        finally:
            inbox.end(reason)

    async def _take(self, inbox: Inbox, producer: Producer) -> str:
        """Put each batch that comes, when there is room for it. Returns what was wrong."""
        while (batch := await inbox.take()) is not None:
            try:
                await producer.take(batch, self._intake)
            except FrameError as error:
                return str(error)
        return inbox.reason

    async def _speak(self, socket: ServerConnection, producer: Producer, welcome: Welcome) -> None:
        """Welcome the producer, then acknowledge what is held or accepted; one frame covers what is due."""
        held, accepted = welcome.held, welcome.accepted
        with suppress(ConnectionClosed):
            await socket.send(encode(welcome))
            while True:
                if producer.held > held:
                    held = producer.held
                    await socket.send(encode(Held(seq=held, credit=self.credit)))
                if producer.accepted > accepted:
                    accepted = producer.accepted
                    await socket.send(encode(Accepted(seq=accepted)))
                await producer.changed.wait()
                producer.changed.clear()


def _closing(reason: str) -> str:
    """As much of it as a closing frame has room for."""
    return reason.encode()[:_REASON_BYTES].decode(errors="ignore")
