"""`python -m local_cloud`."""

import signal
import sys

from coattail_harness.interrupts import leave_at_once


def main() -> None:
    """The console script."""
    leave_at_once()
    from .cli import main as run  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(run())


if __name__ == "__main__":
    main()
