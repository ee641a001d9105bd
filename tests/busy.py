"""Runs a command beside busy loops, as on a machine that others use too: `python -m tests.busy [--loops 2] COMMAND…`."""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit code; the loops end with it."""
    parser = argparse.ArgumentParser(prog="python -m tests.busy", description=__doc__)
    parser.add_argument("--loops", type=int, default=2, help="how many busy loops (default 2)")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args(words)
    if not arguments.command:
        parser.error("a command is missing")
    with ExitStack() as stack:
        for _ in range(arguments.loops):
            # A loop ends by itself when its standard input does, so that none outlives this process.
            loop = "import threading, os, sys; threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0))).start()\nwhile True: pass"
            process = stack.enter_context(subprocess.Popen([sys.executable, "-c", loop], stdin=subprocess.PIPE))
            stack.callback(process.kill)
        return subprocess.run(arguments.command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
