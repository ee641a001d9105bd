"""What a service says when it cannot listen where it was told to."""

import errno
from typing import NoReturn

from coattail_common.settings import refuse


def refuse_port(error: OSError, host: str, port: int, setting: str) -> NoReturn:
    """End the process (exit code 2) over an address it cannot listen on.

    The line names the address and the setting that moves it, as one would set it: `KINESIS_WRITER_HEALTH_PORT`.
    """
    if error.errno == errno.EADDRINUSE:
        refuse(f"port {port} on {host} is in use by another process; end it or set {setting} to a free port")
    refuse(f"cannot listen on {host}:{port} ({error.strerror or error}); set {setting} to a port this process may use")
