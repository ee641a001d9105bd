"""A port of this machine that stays ours whether something listens on it or not."""

import socket
from types import TracebackType
from typing import Final, Self

HOST: Final = "127.0.0.1"
_BACKLOG: Final = 128


class Port:
    """A free port, while the context is open. Where nothing listens on it, whoever connects is refused (ECONNREFUSED).

    One socket is bound to it and never listens, so that no other process is given the port in between.
    """

    def __init__(self) -> None:
        self._holder = _bound(0)
        self.number = int(self._holder.getsockname()[1])

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
        """A socket that listens on it."""
        listener = _bound(self.number)
        listener.listen(_BACKLOG)
        return listener


def _bound(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.setblocking(False)
    bound.bind((HOST, port))
    return bound
