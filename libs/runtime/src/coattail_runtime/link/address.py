"""Where a writer is: over TCP, or a unix socket on the same machine."""

from typing import Any, Final, Self

import msgspec
from websockets.asyncio.client import connect, unix_connect
from websockets.uri import parse_uri

_UNIX: Final = "unix:"
_ON_THE_SOCKET: Final = "ws://localhost/"


class Address(msgspec.Struct, frozen=True):
    """A WebSocket's address, or the path of a unix socket."""

    url: str
    path: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """`ws://host:port`, `wss://…`, or `unix:/path`. Raises `ValueError`, saying what is wrong with it."""
        if not text.startswith(_UNIX):
            parse_uri(text)
            return cls(text)
        path = text.removeprefix(_UNIX)
        if not path.startswith("/"):
            problem = f"{text!r} does not name a socket by its whole path, as unix:/run/coattail/link.sock"
            raise ValueError(problem)
        return cls(_ON_THE_SOCKET, path)

    def connect(self, **options: Any) -> connect:
        """A connection there, not opened yet; `options` are those of the WebSocket library."""
        if self.path is None:
            return connect(self.url, **options)
        return unix_connect(self.path, self.url, **options)
