"""Ports of this machine: free ones, given ones, and one that stays ours whether something listens on it or not."""

import socket
from types import TracebackType
from typing import Final, Self

HOST: Final = "127.0.0.1"
_BACKLOG: Final = 128


def bound(port: int = 0, *, shared: bool = False) -> socket.socket:
    """Return a socket that holds `port`, a free one by default, and does not listen. Raises `OSError` when something listens on it.

    A connection that lingers from a server that just ended does not count. On a `shared` port one of ours may listen meanwhile.
    """
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        holder.bind((HOST, port))
    except OSError:
        holder.close()
        raise
    return holder


def number(holder: socket.socket) -> int:
    """Return the port of a socket."""
    return int(holder.getsockname()[1])


class Port:
    """A free port, while the context is open. While nothing listens on it, connections are refused (ECONNREFUSED).

    One socket is bound to it and never listens, so that no other process is given the port in between.
    """

    def __init__(self) -> None:
        self._holder = bound(shared=True)
        self.number = number(self._holder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give it back."""
        self._holder.close()

    def listener(self) -> socket.socket:
        """Return a socket that listens on it."""
        listener = bound(self.number, shared=True)
        listener.listen(_BACKLOG)
        return listener
