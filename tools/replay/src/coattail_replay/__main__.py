"""`./task replay`, or `coattail-replay`: replay files of trades through the quality rules and the detectors.

Exit codes: 0 done; 1 no valid trade in the files, or it failed; 2 a file or an option cannot be used, and nothing was written;
130 interrupted.
"""

import os
import signal
import sys

from coattail_harness.interrupts import INTERRUPTED, interrupt_on_sigterm


def main() -> None:
    """The console script."""
    interrupt_on_sigterm()
    try:
        # Loading Spark's and pyarrow's code takes seconds, in which somebody may press Ctrl-C too.
        from coattail_replay import command  # noqa: PLC0415

        command.run()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.stderr.write("replay: interrupted; nothing was kept\n")
        sys.stderr.flush()
        # What threads still wait for is of no use, and would be waited for.
        os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
