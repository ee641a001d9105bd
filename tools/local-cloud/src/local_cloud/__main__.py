"""`python -m local_cloud`."""

import os
import signal
import sys
from types import FrameType


def main() -> None:
    """The console script."""
    # Nothing is started yet: Ctrl-C while modules load just ends the process.
    signal.signal(signal.SIGINT, _leave)
    from .cli import main as run  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(run())


def _leave(_signal: int, _frame: FrameType | None) -> None:
    os._exit(130)


if __name__ == "__main__":
    main()
