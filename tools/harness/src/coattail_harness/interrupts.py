"""Ctrl-C and SIGTERM outside an event loop. Loads next to nothing: a command calls this before it loads anything else."""

import os
import signal
from typing import Final

INTERRUPTED: Final = 130
"""The exit code after Ctrl-C."""


def leave_at_once() -> None:
    """Let Ctrl-C just end the process, while its modules load and it has started nothing."""
    signal.signal(signal.SIGINT, _leave)


def interrupt_on_sigterm() -> None:
    """Let SIGTERM raise `KeyboardInterrupt` in the main thread, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, _interrupt)


def _leave(*_: object) -> None:
    os._exit(INTERRUPTED)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
