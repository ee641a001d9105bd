"""Whether a port is free."""

from coattail_harness.ports import HOST, bound

from .errors import PortInUseError


def is_free(port: int) -> bool:
    """Whether this machine's loopback address can be listened on at `port`."""
    try:
        # As LocalStack itself binds: a connection that lingers from a server just ended is no obstacle.
        bound(port).close()
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
