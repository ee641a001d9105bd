"""The execution environments that live, so that they end with LocalStack. Knows nothing of LocalStack, whose Lambda is slow to load."""

import shutil
import threading
from pathlib import Path
from typing import Protocol


class Stoppable(Protocol):
    def stop(self) -> None: ...


class EndingError(RuntimeError):
    """LocalStack is ending, and starts no handler any more."""


_living: set[Stoppable] = set()
_ended = threading.Event()
_lock = threading.Lock()


def add(environment: Stoppable) -> None:
    """Raises `EndingError`."""
    with _lock:
        if _ended.is_set():
            raise EndingError("LocalStack is ending")
        _living.add(environment)


def discard(environment: Stoppable) -> None:
    with _lock:
        _living.discard(environment)


def end_all(code: Path) -> None:
    """Ends every handler's process and removes their unpacked code, hundreds of megabytes that nobody can use again."""
    with _lock:
        _ended.set()
        environments = list(_living)
    for environment in environments:
        environment.stop()
    shutil.rmtree(code, ignore_errors=True)
