"""The command: its options, its work, and its end."""

import logging
import sys
import time

import psutil
from rich.console import Console

from coattail_replay.errors import ReplayError
from coattail_replay.options import Options
from coattail_runtime.settings import read


def run() -> None:
    """Replay what the command line says. Ends the process with 1 or 2 when that cannot be done; an interrupt is the caller's."""
    began = time.monotonic() - (time.time() - psutil.Process().create_time())
    # py4j logs an interrupt, and what it means to other threads, with tracebacks; what matters comes as an exception.
    logging.getLogger().addHandler(logging.NullHandler())
    options = read(Options)
    # Spark's code takes seconds to load, and neither help nor a wrong option needs it.
    from coattail_replay import report  # noqa: PLC0415
    from coattail_replay.layout import places  # noqa: PLC0415
    from coattail_replay.progress import open_screen  # noqa: PLC0415
    from coattail_replay.run import replay  # noqa: PLC0415

    console = Console(highlight=False, stderr=options.json_)
    where = places(options)
    try:
        with open_screen(console, plain=options.plain) as screen:
            found = replay(options, where, screen, began)
    except ReplayError as error:
        sys.stderr.write(f"replay: {error}\n")
        sys.exit(error.exit_code)
    except OSError as error:
        # A disk that is full, or a folder that is gone meanwhile. Nothing that was there before has been replaced.
        sys.stderr.write(f"replay: {error.filename or 'a file'}: {error.strerror or error}\n")
        sys.exit(1)
    if options.json_:
        sys.stdout.buffer.write(report.encode(found))
    else:
        report.show(console, found, where.kept)
