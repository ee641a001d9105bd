"""Whether a port is free."""

import socket

from .errors import PortInUseError

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether this machine's loopback address can be listened on at `port`."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As LocalStack itself binds: a connection that lingers from a server just ended is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def require_free(port: int) -> None:
    """Raises `PortInUseError`."""
    if not is_free(port):
        raise PortInUseError(
            f"port {port} on {HOST} is in use by another program: end that one, "
            f"or choose another port with --port N or LOCAL_CLOUD_PORT=N"
        )
