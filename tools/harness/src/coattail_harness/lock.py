"""One run at a time in a folder."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from coattail_harness.errors import HarnessError


@contextlib.contextmanager
def alone(lock: Path, refusal: HarnessError) -> Iterator[None]:
    """Hold the file `lock`, and make its folder. Raises `refusal` while another process holds it."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise refusal from error
        yield
