"""How a command ends before its result: one line on standard error, and an exit code."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from coattail_harness.interrupts import INTERRUPTED
from coattail_runtime.settings import EXIT_CONFIGURATION


@contextmanager
def ending(command: str, *refusals: type[Exception]) -> Iterator[None]:
    """End the process with code 2 when one of these errors leaves the block, and with 130 after Ctrl-C."""
    try:
        yield
    except refusals as error:
        sys.stderr.write(f"{command}: {error}\n")
        sys.exit(EXIT_CONFIGURATION)
    except KeyboardInterrupt:
        sys.stderr.write(f"{command}: interrupted\n")
        sys.exit(INTERRUPTED)
