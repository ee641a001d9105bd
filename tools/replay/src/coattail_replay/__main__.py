"""`./task replay`, or `coattail-replay`: replay files of trades through the quality rules and the detectors.

Exit codes: 0 done; 1 no valid trade in the files, or it failed; 2 a file or an option cannot be used, and nothing was written;
130 interrupted.
"""

import signal
import sys
import time

import psutil
from rich.console import Console

from coattail_common.settings import read
from coattail_replay import report
from coattail_replay.errors import ReplayError
from coattail_replay.layout import places
from coattail_replay.options import Options
from coattail_replay.progress import open_screen
from coattail_replay.run import replay

INTERRUPTED = 130


def main() -> None:
    """The console script."""
    began = time.monotonic() - (time.time() - psutil.Process().create_time())
    options = read(Options)
    signal.signal(signal.SIGTERM, _interrupt)
    console = Console(highlight=False, stderr=options.json_)
    where = places(options)
    try:
        with open_screen(console, plain=options.plain) as screen:
            found = replay(options, where, screen, began)
    except ReplayError as error:
        sys.stderr.write(f"replay: {error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("replay: interrupted; nothing was kept\n")
        sys.exit(INTERRUPTED)
    if options.json_:
        sys.stdout.buffer.write(report.encode(found))
    else:
        report.show(console, found, where.kept)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
