"""A TCP relay that fails on demand: it cuts, cuts inside a frame, falls silent, and is not there."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Callable
from enum import Enum
from random import Random
from typing import Final

from coattail_chaos.frames import FrameScanner
from coattail_harness.ports import HOST, Port

_CHUNK_BYTES: Final = 64 * 1024
_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER: on, zero seconds. Closing then resets the connection."""


class Way(Enum):
    """A direction of a connection."""

    TO_CLIENT = "to client"
    TO_SERVER = "to server"


class Connection:
    """One client and its server."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.scanners = {way: FrameScanner() for way in Way}
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.armed: Way | None = None
        """The way in which the next frame will be cut in two."""
        self._ends = {Way.TO_CLIENT: client, Way.TO_SERVER: server}

    def end(self, way: Way) -> asyncio.StreamWriter:
        """Where the bytes of this way go."""
        return self._ends[way]

    def reset(self) -> None:
        """End both halves as a failing network does."""
        for writer in self._ends.values():
            raw: socket.socket | None = writer.get_extra_info("socket")
            if raw is not None and raw.fileno() >= 0:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()

    def close(self) -> None:
        """End both halves, once what they were given has left."""
        for writer in self._ends.values():
            writer.close()


class _FrameCutError(Exception):
    """A frame was cut in two, and its connection is to end."""


class Relay:
    """Relays connections to `target`, the port of a server on this machine. `port` is its own."""

    def __init__(self, port: Port, target: Callable[[], int | None], random: Random) -> None:
        self._port = port
        self._target = target
        self._random = random
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self.cuts_mid_frame = 0
        """Frames of which only a part was passed on."""

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port.number

    def live(self, way: Way) -> list[Connection]:
        """The connections that have brought a frame this way and are not silent."""
        return [one for one in self._connections if one.scanners[way].frames and one.flowing.is_set()]

    def cut(self) -> int:
        """Reset every live connection that brings frames to its client; how many that were."""
        live = self.live(Way.TO_CLIENT)
        for connection in live:
            connection.reset()
            self._connections.discard(connection)
        return len(live)

    def cut_inside_next_frame(self, way: Way) -> None:
        """Pass on only a part of the next frame of each live connection, and close it then; see `cuts_mid_frame`."""
        for connection in self.live(way):
            connection.armed = way

    def stall(self) -> list[Connection]:
        """Pass on nothing more of the live connections, and leave them open; they are returned."""
        live = self.live(Way.TO_CLIENT)
        for connection in live:
            connection.flowing.clear()
        return live

    async def listen(self) -> None:
        """Take connections."""
        if self._server is None:
            self._server = await asyncio.start_server(self._connected, sock=self._port.listener())

    def vanish(self) -> None:
        """Reset all connections and refuse new ones, until `listen`."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in self._connections:
            connection.reset()
        self._connections.clear()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = self._target()
        try:
            if target is None:
                raise ConnectionRefusedError
            upstream_reader, upstream = await asyncio.open_connection(HOST, target)
        except OSError:
            writer.transport.abort()
            return
        connection = Connection(writer, upstream)
        if self._server is None:  # it has vanished meanwhile
            connection.reset()
            return
        self._connections.add(connection)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(connection, Way.TO_SERVER, reader))
                group.create_task(self._pump(connection, Way.TO_CLIENT, upstream_reader))
        except* OSError:
            connection.reset()
        except* _FrameCutError:
            connection.close()  # and no reset, which would take the beginning of the frame back
        finally:
            self._connections.discard(connection)
            connection.close()

    async def _pump(self, connection: Connection, way: Way, reader: asyncio.StreamReader) -> None:
        """Pass on what comes this way, until it ends. Raises `OSError` when the connection broke."""
        end, scanner = connection.end(way), connection.scanners[way]
        while chunk := await reader.read(_CHUNK_BYTES):
            await connection.flowing.wait()
            seen = scanner.feed(chunk)
            inside = seen.inside() if connection.armed is way else []
            if inside:
                end.write(chunk[: self._random.choice(inside)])
                await end.drain()
                self.cuts_mid_frame += 1
                raise _FrameCutError
            end.write(chunk)
            await end.drain()
        end.write_eof()


@contextlib.asynccontextmanager
async def relaying(target: Callable[[], int | None], random: Random, port: Port | None = None) -> AsyncIterator[Relay]:
    """A relay that takes connections while the context is open, at `port`, which it closes then, or a free one."""
    with port or Port() as own:
        relay = Relay(own, target, random)
        await relay.listen()
        try:
            yield relay
        finally:
            relay.vanish()
