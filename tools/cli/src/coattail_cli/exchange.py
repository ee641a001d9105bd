"""`coattail exchange`: what a new exchange begins with."""

import sys
from typing import Final

from coattail_cli.dispatch import Command, dispatch
from coattail_scaffold import exchange

COMMANDS: Final = {"new": Command("write the files of a new exchange", __name__, "new")}


def main() -> None:
    """Run the command that the arguments name."""
    dispatch("coattail exchange", COMMANDS, sys.argv[1:])


def new() -> None:
    """Write the files, and end the process with the exit code of that."""
    sys.exit(exchange.main(sys.argv[1:]))
