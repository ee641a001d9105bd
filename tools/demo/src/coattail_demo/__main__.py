"""`./task demo`, or `coattail-demo`: run the demo and end with what it proved.

Exit codes: 0 proved; 1 something was lost, doubled, not detected or invented, or a part failed; 2 it was configured wrongly or
the machine lacks something; 130 interrupted.
"""

import sys

from coattail_harness.interrupts import leave_at_once


def main() -> None:
    """The console script."""
    leave_at_once()
    from coattail_demo.options import Options  # noqa: PLC0415
    from coattail_runtime.settings import read  # noqa: PLC0415
    from exchange_simulator.settings import one_each  # noqa: PLC0415

    options = read(Options, one_each(sys.argv[1:], "--replay"))
    # Not before: --help and a mistyped option need none of the clients of AWS and Iceberg, whose import takes seconds.
    from coattail_demo.command import execute  # noqa: PLC0415

    sys.exit(execute(options))


if __name__ == "__main__":
    main()
