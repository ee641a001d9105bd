"""What a service says when it cannot listen where it was told to."""

import errno
from typing import NoReturn

from coattail_runtime.settings import refuse


def refuse_port(error: OSError, host: str, port: int, setting: str) -> NoReturn:
    """End the process (exit code 2) over an address it cannot listen on.

    The line names the address and what moves it: `setting`, as one would set it (`KINESIS_WRITER_HEALTH_PORT`), or the same with `_HOST`.
    """
    if error.errno == errno.EADDRINUSE:
        refuse(f"port {port} on {host} is in use by another process; end it or set {setting} to a free port")
    if error.errno in (errno.EACCES, errno.EPERM):
        refuse(f"cannot listen on {host}:{port} ({error.strerror}); set {setting} to a port this process may use")
    where = f"{setting.removesuffix('_PORT')}_HOST"
    refuse(f"cannot listen on {host}:{port} ({error.strerror or error}); set {where} to an address of this machine")
