"""LocalStack, with a Spark driver that is started ahead: run as `python -m localstack_host_plugin.launch`.

This process starts the driver and then becomes LocalStack, so that the driver is LocalStack's child, as those of job runs are.
"""

import os
import sys

from .emr import ahead


def main() -> None:
    """Start what is to be started ahead, and become LocalStack."""
    try:
        ahead.start(os.environ)
    except (OSError, ValueError, KeyError) as error:
        # Nothing is lost but time: the job run starts a driver of its own.
        sys.stderr.write(f"no driver was started ahead: {error!r}\n")
    os.execv(sys.executable, [sys.executable, "-m", "localstack.runtime.main"])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
