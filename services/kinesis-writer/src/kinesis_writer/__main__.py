"""Start the writer: `kinesis-writer`, or `python -m kinesis_writer`."""

import asyncio

from coattail_runtime.settings import read
from kinesis_writer.service import run
from kinesis_writer.settings import Settings


def main() -> None:
    """Read the settings and serve."""
    asyncio.run(run(read(Settings)))


if __name__ == "__main__":
    main()
