"""`coattail COMMAND …`: hand over to the tool that has the command, in this process.

The exit code is the tool's own; 2 for a command that does not exist. Nothing of a tool is imported before its command is chosen, so
that help is there at once.
"""

import sys
from collections.abc import Sequence
from typing import Final

from coattail_cli.dispatch import Command, dispatch

COMMANDS: Final = {
    "demo": Command("the whole way on this machine, from an exchange to an alert", "coattail_demo.__main__"),
    "replay": Command("files of trades through the same rules and detectors", "coattail_replay.__main__"),
    "trace": Command("from an alert back to its trades", "coattail_audit.trace"),
    "audit": Command("which trades the table holds, misses or holds twice", "coattail_audit.__main__"),
    "chaos": Command("ingest, bus or tables broken in every way, and nothing lost", "coattail_chaos.__main__"),
    "cloud": Command("a local AWS: up, deploy, status, logs, down", "local_cloud.__main__"),
    "ingest": Command("connectors and writer in one process, to Kinesis", "coattail_cli.ingest"),
    "modules": Command("the detectors' modules: list, new, document", "coattail_cli.modules"),
    "exchange": Command("a new exchange: new", "coattail_cli.exchange"),
    "submit": Command("the Spark application, submitted to EMR Serverless", "stream_detectors.submission"),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script. Ends the process with the command's exit code."""
    dispatch("coattail", COMMANDS, sys.argv[1:] if arguments is None else arguments)


if __name__ == "__main__":
    main()
